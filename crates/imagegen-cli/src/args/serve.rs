//! `imagegen serve`, as clap reads it.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use imagegen::Date;
use imagegen_emulator::Fault;

const EXAMPLES: &str = "\
Examples:
  imagegen serve --port 8787
  curl http://127.0.0.1:8787/v1/images/generations -H 'Authorization: Bearer any' \\
    -H 'Content-Type: application/json' \\
    -d '{\"model\": \"gpt-image-1\", \"prompt\": \"Programmer cartoon avatar\", \"size\": \"1024x1024\"}'

  Your own program against a gateway that misbehaves:
    imagegen serve --list-faults
    imagegen serve --fault html-502                      every request meets it
    imagegen serve --fault status-429 --fault half-json  the first two requests, one each
    imagegen serve --random-faults 7:0.2                 one request in five, by the same dice
  A request chooses its own fault with the header 'x-imagegen-fault: NAME'.";

/// Serves the emulator until it is interrupted.
///
/// The first line on stdout is `listening on http://127.0.0.1:PORT`. Every key works; nothing
/// costs anything; the pictures are marked as emulated.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Port, 0 for a free one [default: 8787, or a free one if that is taken]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Address to listen on; anything but loopback lets others in
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// How long a request for images takes before its answer begins, in milliseconds
    #[arg(long, value_name = "MS", value_parser = milliseconds, help_heading = FAULTS)]
    pub(crate) latency: Option<Duration>,
    /// A fault that requests for images meet: all of them if one is given, of several the first
    /// request the first, the next the next, and the rest none
    #[arg(long = "fault", value_name = "NAME", help_heading = FAULTS)]
    pub(crate) faults: Vec<Fault>,
    /// Faults by chance with a probability from 0 to 1; the same seed throws the same ones
    #[arg(long, value_name = "SEED:PROBABILITY", value_parser = dice, help_heading = FAULTS)]
    pub(crate) random_faults: Option<Dice>,
    /// Day that the life of models is held against, such as 2026-12-01: the Ark route refuses
    /// those past their last day [default: none, all are served on every day]
    #[arg(long, value_name = "DATE", help_heading = FAULTS)]
    pub(crate) today: Option<Date>,
    /// Lists what is served and the faults, and serves nothing
    #[arg(long, help_heading = FAULTS)]
    pub(crate) list_faults: bool,
}

const FAULTS: &str = "Misbehaviour";

/// Chance that can be repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dice {
    pub(crate) seed: u64,
    pub(crate) probability: f64,
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    // Nobody waits for longer than an hour.
    match text.parse::<u64>() {
        Ok(milliseconds) if milliseconds <= 3_600_000 => Ok(Duration::from_millis(milliseconds)),
        _ => Err("a number of milliseconds from 0 to 3600000".to_owned()),
    }
}

fn dice(text: &str) -> Result<Dice, String> {
    let read = || {
        let (seed, probability) = text.split_once(':')?;
        let dice = Dice {
            seed: seed.parse().ok()?,
            probability: probability.parse().ok()?,
        };
        (0.0..=1.0).contains(&dice.probability).then_some(dice)
    };
    read().ok_or_else(|| {
        "it is written SEED:PROBABILITY, such as 7:0.2: a whole number and one from 0 to 1"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_have_a_seed_and_a_probability() {
        let read = Dice {
            seed: 7,
            probability: 0.2,
        };
        assert_eq!(dice("7:0.2"), Ok(read));
        for text in ["7", "7:2", "7:-0.1", "7:NaN", ":0.5", "x:0.5"] {
            assert!(dice(text).is_err(), "{text}");
        }
    }
}
