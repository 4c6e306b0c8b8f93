//! A value of every type of the catalogue, small and as large as it gets.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "made for tests alone")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vocab::*;

use crate::{
    Actor, CountAt, Entry, Fact, Lifted, OpenAt, Range, RuleChanged, Tally, Text, Value, Word, Words,
};

/// What tests fill members with. `count` makes each sample another one.
pub(crate) trait Sample: Sized {
    /// Most members of a list of it (events.md section 5).
    const LONGEST: usize = 1;
    fn sample(count: &mut u64) -> Self;
    fn largest() -> Self {
        Self::sample(&mut 0)
    }
}

/// Every event, and its vector.
pub(crate) fn all() -> Vec<(Fact, &'static str)> {
    let mut all = crate::catalogue::samples(false);
    for (fact, _) in &mut all {
        if let Fact::FilePassed(crate::FilePassed { direction, .. })
        | Fact::UnnamedContent(crate::UnnamedContent { direction, .. }) = fact
        {
            *direction = "out".into();
        }
    }
    all
}

/// The envelope of the vectors.
pub(crate) fn entry(fact: Fact) -> Entry {
    Entry {
        at: Timestamp::from_micros(1_790_000_000_000_000),
        recorded_at: Timestamp::from_micros(1_790_000_000_000_250),
        source: "gate".into(),
        seq: fact.number(),
        gate: "porte-1".parse().unwrap(),
        boot: BootId::from_bytes([0xb0; 16]),
        establishment: "chu-fictif".parse().unwrap(),
        by: Actor::Person("a.martin".parse().unwrap()),
        session: (fact.number() / 100 == 3).then(|| SessionId::from_bytes([0x5e; 16])),
        intervention: (fact.number() / 100 == 5).then(|| "i-7".parse().unwrap()),
        fact,
    }
}

fn next(count: &mut u64) -> u64 {
    *count += 1;
    *count
}

macro_rules! named {
    ($($type:ty, $prefix:literal;)*) => { $(
        impl Sample for $type {
            const LONGEST: usize = 256;
            fn sample(count: &mut u64) -> Self {
                format!("{}-{}", $prefix, next(count)).parse().unwrap()
            }
            fn largest() -> Self {
                "z".repeat(64).parse().unwrap()
            }
        }
    )* };
}

named! {
    PersonId, "personne"; ProviderId, "fournisseur"; ContractId, "contrat"; ServiceId, "prestation";
    EquipmentId, "equipement"; EstablishmentId, "structure"; GateId, "porte"; InterventionId, "i";
}

macro_rules! sampled {
    ($($type:ty, $count:ident => $small:expr, $large:expr;)*) => { $(
        impl Sample for $type {
            fn sample($count: &mut u64) -> Self { $small }
            fn largest() -> Self { $large }
        }
    )* };
}

sampled! {
    u64, count => next(count), u64::MAX;
    bool, count => next(count).is_multiple_of(2), false;
    [u8; 32], count => [next(count) as u8; 32], [255; 32];
    Timestamp, count => Timestamp::from_secs(1_790_000_000 + next(count) as i64), Timestamp::MIN;
    RecordingId, count => Self::from_bytes([next(count) as u8; 16]), Self::from_bytes([0; 16]);
    SessionId, count => Self::from_bytes([next(count) as u8; 16]), Self::from_bytes([0; 16]);
    BootId, count => Self::from_bytes([next(count) as u8; 16]), Self::from_bytes([0; 16]);
    IpAddr, count => Ipv4Addr::new(192, 0, 2, next(count) as u8).into(), Ipv6Addr::from(u128::MAX).into();
    Address, count => Self::new(Ipv4Addr::new(192, 0, 2, 7).into(), 1 + next(count) as u16),
        Self::new(Ipv6Addr::from(u128::MAX).into(), u16::MAX);
    Kind, count => Self::ALL[next(count) as usize % 3], Self::Maintenance;
    Ending, count => Self::ALL[next(count) as usize % 15], Self::EquipmentUnreachable;
    StatusCode, count => Self::ALL[next(count) as usize % 12], Self::NotAppliedTreated;
    Right, count => Self::ALL[next(count) as usize % 6], Self::SftpWrite;
    Rights, count => Rights::NONE.with(Right::sample(count)).with(Right::Exec), Right::ALL.into_iter().collect();
    Actor, count => Self::Person(Sample::sample(count)), Self::Person(Sample::largest());
    Value, count => Self::Integer(next(count) as i64), Self::Flag(false);
}

impl Sample for String {
    fn sample(count: &mut u64) -> Self {
        format!("texte {}", next(count))
    }
}

impl<const MAX: usize> Sample for Text<MAX> {
    const LONGEST: usize = 4;
    fn sample(count: &mut u64) -> Self {
        format!("« né {} » \"\n\t\u{1}\\\u{7f}€🩺", next(count)).into()
    }
    fn largest() -> Self {
        "\u{1}".repeat(MAX + 1).into()
    }
}

impl<const MAX: usize> Sample for crate::Bytes<MAX> {
    fn sample(count: &mut u64) -> Self {
        Self::new(vec![next(count) as u8; 3]).unwrap()
    }
    fn largest() -> Self {
        Self::new(vec![255; MAX]).unwrap()
    }
}

impl Sample for Source {
    /// 38 rules and 19 of the house.
    const LONGEST: usize = 57;
    fn sample(count: &mut u64) -> Self {
        if next(count).is_multiple_of(2) { Self::Guide(RuleId::O3) } else { Self::House(HouseRule::Window) }
    }
    fn largest() -> Self {
        Self::House(HouseRule::SecondFactor)
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(count: &mut u64) -> Self {
        (!next(count).is_multiple_of(3)).then(|| T::sample(count))
    }
    fn largest() -> Self {
        Some(T::largest())
    }
}

macro_rules! lists {
    ($($type:ty, $longest:expr;)*) => { $(
        impl Sample for Vec<$type> {
            fn sample(count: &mut u64) -> Self {
                vec![Sample::sample(count), Sample::sample(count)]
            }
            fn largest() -> Self {
                std::iter::repeat_with(<$type>::largest).take($longest).collect()
            }
        }
    )* };
}

lists! {
    Source, Source::LONGEST; EquipmentId, EquipmentId::LONGEST; Word, Word::LONGEST; Words, 8; Lifted, Source::LONGEST;
    Range, 64; RuleChanged, 38; OpenAt, 64; CountAt, 8; Tally, 9;
}
