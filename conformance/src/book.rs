//! The pages of `reports/specification` as modules: `cargo touchstone book` writes the pages from
//! the table of functions, and the table decides which modules there are.
//!
//! They are read when the documentation is made, and only then, so that a function can enter the
//! table before it has a page.

use touchstone_reference::for_each_function;

macro_rules! specification {
    ($($name:ident)*) => {
        // Where the links between pages lead. A page defines them too, for those who read it as a
        // file; the first definition counts.
        macro_rules! links {
            () => {
                concat!($("[", stringify!($name), "]: mod@crate::specification::", stringify!($name), "\n"),*,
                    "[all functions]: mod@crate::specification\n")
            };
        }

        /// The specification that engines are held against.
        ///
        #[doc = links!()]
        #[doc = include_str!("../../reports/specification/README.md")]
        pub mod specification {
            $(
                #[doc = links!()]
                #[doc = include_str!(concat!(
                    "../../reports/specification/",
                    stringify!($name),
                    ".md"
                ))]
                #[doc = concat!("\n\n[`K::", stringify!($name), "`](fn@crate::backend::", stringify!($name), ")")]
                pub mod $name {}
            )*
        }
    };
}

for_each_function!(specification);
