//! The guided demonstration: a fictitious hospital with a real sshd as its scanner, Poterne before it, and
//! a short story. A person plays it by copy and paste; with `--check` it plays itself.

pub(crate) mod house;
pub(crate) mod live;
mod papers;
mod steps;
mod story;

use crate::packages;
use anyhow::{Result, anyhow};
use house::House;
use std::io::BufRead;
use std::time::Instant;

/// Plays the story; `check` plays it unattended.
pub(crate) fn run(check: bool) -> Result<()> {
    packages::ensure(packages::PEERS)?;
    if check {
        return checked();
    }
    let house = House::open("demo")?;
    steps::vouch(&house)?;
    let prepared = steps::prepare(&house)?;
    story::tell(&house, &prepared);
    wait_for_enter()?;
    println!("La porte se ferme… / The door closes…");
    drop(house);
    println!("Tout est arrêté. / Everything is stopped.");
    Ok(())
}

/// Every step with its name; the first that does not hold is named with what it saw.
fn checked() -> Result<()> {
    let begin = Instant::now();
    let house = step("construite et ouverte / built and open", || House::open("demo-check"))?;
    for (name, play) in steps::ALL {
        step(name, || play(&house))
            .inspect_err(|_| println!("the gate said last:\n{}", tail(&house.gate.said())))?;
    }
    drop(house);
    println!("ok   {} étapes / steps ({:.0} s)", steps::ALL.len() + 1, begin.elapsed().as_secs_f64());
    Ok(())
}

fn step<T>(name: &str, play: impl FnOnce() -> Result<T>) -> Result<T> {
    let begin = Instant::now();
    let outcome = play();
    let seconds = begin.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => println!("ok   {name} ({seconds:.1} s)"),
        Err(error) => println!("FAILED  {name} ({seconds:.1} s)\n{error:#}"),
    }
    // Everything that was seen is printed above; what remains to say is which step it was.
    outcome.map_err(|_| anyhow!("the step `{name}` did not hold"))
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
}

/// Until Enter; where nobody can type, until we are ended from outside.
fn wait_for_enter() -> Result<()> {
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        loop {
            std::thread::park();
        }
    }
    Ok(())
}
