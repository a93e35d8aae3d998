//! Patterns of function names: `*` is any text, `?` any one character.

use std::fmt;
use std::str::FromStr;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        matches(self.0.as_bytes(), name.as_bytes())
    }
}

/// Greedy, going back to the last `*` only: linear in the product of the lengths.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Err("an empty pattern matches nothing".into())
        } else {
            Ok(Glob(text.into()))
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, expected) in [
            ("dot", "dot", true),
            ("dot", "batch_dot", false),
            ("*dot", "batch_dot", true),
            ("batch_*", "batch_dot", true),
            ("*_*_*", "normalize_batch_in_training", true),
            ("conv?d", "conv2d", true),
            ("conv?d", "convd", false),
            ("*", "", true),
            ("?", "", false),
            ("*a*b", "aabab", true),
        ] {
            assert_eq!(Glob(pattern.into()).matches(name), expected, "{pattern} {name}");
        }
    }
}
