//! Where print_tensor prints.

use std::cell::RefCell;
use std::rc::Rc;

use crate::host::{HostTensor, Shortened};

type Printer = Rc<dyn Fn(&str)>;

thread_local! {
    static PRINTER: RefCell<Option<Printer>> = const { RefCell::new(None) };
}

/// Prints the message of a print_tensor, and the elements of its tensor.
pub fn print(message: &str, tensor: &HostTensor) {
    print_line(&format!("{message}{tensor}"));
}

/// An axis that is cut short in print: of all the places along it, only those at its ends count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The axis.
    pub axis: usize,
    /// How many places from its start count; the last of them stands for all that are left out.
    pub first: usize,
    /// How many at its end.
    pub last: usize,
}

/// As [`print()`], for a tensor of this shape that is not on the host: `part` brings what is shown
/// of it, the ends of the axes that are cut short.
pub fn print_part<E>(
    message: &str,
    shape: &[usize],
    part: impl FnOnce(&[Cut]) -> Result<HostTensor, E>,
) -> Result<(), E> {
    let cuts = Shortened::cuts(shape);
    let part = part(&cuts)?;
    print_line(&if cuts.is_empty() {
        format!("{message}{part}")
    } else {
        format!("{message}{}", Shortened(&part))
    });
    Ok(())
}

fn print_line(line: &str) {
    match PRINTER.with_borrow(Clone::clone) {
        Some(printer) => printer(line),
        None => to_stderr(line),
    }
}

#[allow(clippy::print_stderr, reason = "that is what print_tensor is for")]
fn to_stderr(line: &str) {
    eprintln!("{line}");
}

/// Runs `f`; what print_tensor prints on this thread meanwhile goes to `printer`.
///
/// ```
/// use touchstone_reference::backend as K;
/// use std::{cell::RefCell, rc::Rc};
///
/// let printed = Rc::new(RefCell::new(Vec::new()));
/// let lines = printed.clone();
/// let x = K::print_tensor(&K::constant(2.5)).message("x = ").tensor()?;
/// K::with_printer(move |line| lines.borrow_mut().push(line.to_owned()), || K::eval(&x))?;
/// assert_eq!(*printed.borrow(), ["x = 2.5"]);
/// # Ok::<(), touchstone_reference::Error>(())
/// ```
pub fn with_printer<R>(printer: impl Fn(&str) + 'static, f: impl FnOnce() -> R) -> R {
    struct Restored(Option<Printer>);
    impl Drop for Restored {
        fn drop(&mut self) {
            PRINTER.set(self.0.take());
        }
    }
    let _restored = Restored(PRINTER.replace(Some(Rc::new(printer))));
    f()
}
