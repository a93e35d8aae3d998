//! The engines there are: the only place that names concrete ones.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use touchstone_reference::engine::Engine;
use touchstone_reference::{Error, ReferenceEngine, Result};

/// Where an engine computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// A CUDA device by its number.
    Cuda(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let number = match name {
            "cpu" => return Ok(Device::Cpu),
            "cuda" => Some(0),
            _ => name.strip_prefix("cuda:").and_then(|number| number.parse().ok()),
        };
        number.map(Device::Cuda).ok_or_else(|| format!("{name:?} is no device: cpu or cuda:N"))
    }
}

/// An engine that can be chosen by name.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// The name.
    pub name: &'static str,
    /// Whether it can compute anywhere but on the processor.
    pub accelerated: bool,
    /// Starts it.
    pub start: fn(&Device) -> Result<Arc<dyn Engine>>,
}

const REFERENCE: Registered = Registered {
    name: "reference",
    accelerated: false,
    start: |device| match device {
        Device::Cpu => Ok(Arc::new(ReferenceEngine)),
        Device::Cuda(_) => Err(Error::Engine {
            engine: "reference".into(),
            function: None,
            message: format!("device {device}: the definitions run on the cpu alone"),
        }),
    },
};

#[cfg(feature = "candle")]
const CANDLE: Registered = Registered {
    name: "candle",
    accelerated: true,
    start: |device| Ok(Arc::new(touchstone_candle::engine_on(&device.to_string())?)),
};

#[cfg(feature = "tch")]
const TCH: Registered = Registered {
    name: "tch",
    accelerated: true,
    start: |device| Ok(Arc::new(touchstone_tch::engine_on(&device.to_string())?)),
};

/// The engines of this build, the reference first.
pub fn engines() -> Vec<Registered> {
    vec![
        REFERENCE,
        #[cfg(feature = "candle")]
        CANDLE,
        #[cfg(feature = "tch")]
        TCH,
    ]
}

/// The engines of this build for a device; all of them, to say why, where none is for it.
pub fn engines_on(device: &Device) -> Vec<Registered> {
    let (suitable, others): (Vec<_>, Vec<_>) =
        engines().into_iter().partition(|engine| engine.accelerated || *device == Device::Cpu);
    if suitable.is_empty() { others } else { suitable }
}

/// Engines that another build has, and how to get it.
pub fn missing() -> Vec<(&'static str, &'static str)> {
    vec![
        #[cfg(not(feature = "candle"))]
        ("candle", "build with the feature candle, which is on by default"),
        #[cfg(not(feature = "tch"))]
        (
            "tch",
            "`cargo xtask test` and `cargo touchstone` prepare libtorch and add it, or build with the feature tch",
        ),
    ]
}

/// Starts the engine of a name. An unknown name is an error that lists the engines there are, and
/// says how to get one that another build has.
pub fn start(name: &str, device: &Device) -> Result<Arc<dyn Engine>> {
    let known = engines();
    if let Some(registered) = known.iter().find(|registered| registered.name == name) {
        return (registered.start)(device);
    }
    let mut listed: Vec<String> = known.iter().map(|engine| engine.name.to_owned()).collect();
    for (missing, how) in missing() {
        if missing == name {
            listed.push(format!("{missing} ({how})"));
        }
    }
    Err(Error::UnknownEngine { name: name.to_owned(), known: listed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_starts_under_its_own_name() {
        for registered in engines() {
            let engine = (registered.start)(&Device::Cpu).expect("the processor is always there");
            assert_eq!(engine.name(), registered.name);
        }
    }

    #[test]
    fn the_reference_stays_on_the_processor() {
        let names = |device: &Device| -> Vec<_> {
            engines_on(device).iter().map(|engine| engine.name).collect()
        };
        let all: Vec<_> = engines().iter().map(|engine| engine.name).collect();
        assert_eq!(names(&Device::Cpu), all);
        let others = if all.len() > 1 { &all[1..] } else { &all };
        assert_eq!(names(&Device::Cuda(0)), others);
    }

    #[test]
    fn an_unknown_engine_is_told_what_there_is() {
        let error = start("abacus", &Device::Cpu).expect_err("no such engine");
        assert!(matches!(&error, Error::UnknownEngine { known, .. } if known[0] == "reference"));
    }

    #[test]
    fn an_engine_of_another_build_is_told_how_to_get_it() {
        for (name, how) in missing() {
            let error = start(name, &Device::Cpu).expect_err("not in this build");
            assert!(error.to_string().contains(how), "{error}");
        }
    }

    #[test]
    fn devices_are_parsed() {
        assert_eq!("cpu".parse(), Ok(Device::Cpu));
        assert_eq!("cuda:1".parse(), Ok(Device::Cuda(1)));
        assert!("gpu".parse::<Device>().is_err());
    }
}
