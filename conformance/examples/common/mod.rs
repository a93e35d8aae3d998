//! What the examples share. The models themselves are beside it, one folder each.

#![allow(dead_code, reason = "no example uses all of it")]

pub(crate) mod digits;
pub(crate) mod example;
pub(crate) mod table;
pub(crate) mod weights;
