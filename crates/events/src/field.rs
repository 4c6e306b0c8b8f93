//! What a field of an event may be, and its one spelling as a value.

use std::net::IpAddr;

use vocab::{
    Address, BootId, ContractId, Ending, EquipmentId, EstablishmentId, GateId, InterventionId, Kind,
    PersonId, ProviderId, RecordingId, Right, Rights, ServiceId, SessionId, Source, Timestamp,
};

use crate::value::{INTEGER_MAX, Object, Value};
use crate::{Error, Sha256};

/// A type that a field may have. Absent is a value too: that of `None`.
pub trait Field: Sized {
    /// Shortens what is longer than its limit, with the hash of the whole.
    fn clip(&mut self, _sha256: Sha256<'_>) {}
    /// Its one spelling; `None`: absent.
    fn value(&self) -> Option<Value>;
    /// Read back.
    fn read(value: Option<Value>) -> Result<Self, Error>;
}

/// Free words, at most `MAX` bytes of them: longer ones are cut, and keep their length and hash.
///
/// Give it the whole (`text.into()`); [`crate::Entry::encode`] cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Text<const MAX: usize> {
    /// The whole.
    Whole(String),
    /// Its first bytes, up to a character's end; the length of the whole; the SHA-256 of the whole.
    Cut { start: String, bytes: u64, sha256: [u8; 32] },
}

/// Codes of ours, versions, fingerprints (`SHA256:` and 43 characters), key and account names.
pub type Word = Text<128>;
/// Reasons and other sentences.
pub type Words = Text<1024>;
/// Paths and commands. Two of them, each byte escaped to six: 2 × 4,096 × 6 = 49,152 of the 65,535 bytes.
pub type Long = Text<4096>;

impl<const MAX: usize, S: Into<String>> From<S> for Text<MAX> {
    fn from(whole: S) -> Self {
        Self::Whole(whole.into())
    }
}

impl<const MAX: usize> Text<MAX> {
    /// The words, or their beginning.
    pub fn as_str(&self) -> &str {
        let (Self::Whole(text) | Self::Cut { start: text, .. }) = self;
        text
    }
}

impl<const MAX: usize> Field for Text<MAX> {
    fn clip(&mut self, sha256: Sha256<'_>) {
        if let Self::Whole(whole) = self
            && whole.len() > MAX
        {
            let start = whole.get(..whole.floor_char_boundary(MAX)).unwrap_or_default().to_owned();
            *self = Self::Cut { start, bytes: count(whole.len()), sha256: sha256(whole.as_bytes()) };
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Whole(text) => Some(Value::Text(text.clone())),
            Self::Cut { start, bytes, sha256 } => {
                let members = [
                    ("bytes", bytes.value()),
                    ("cut", Some(Value::Text(start.clone()))),
                    ("sha256", sha256.value()),
                ];
                Some(object(members))
            }
        }
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        match value {
            Some(Value::Text(text)) if text.len() <= MAX => Ok(Self::Whole(text)),
            Some(Value::Object(mut cut)) => {
                let start = String::read(cut.remove("cut")).map_err(|error| error.within("cut"))?;
                let bytes = u64::read(cut.remove("bytes")).map_err(|error| error.within("bytes"))?;
                let sha256 = Field::read(cut.remove("sha256")).map_err(|error| error.within("sha256"))?;
                // A character has at most four bytes: a shorter start, or a whole that fits, was not cut here.
                let as_cut = (MAX.saturating_sub(3)..=MAX).contains(&start.len()) && bytes > count(MAX);
                if as_cut && cut.is_empty() {
                    Ok(Self::Cut { start, bytes, sha256 })
                } else {
                    wrong("not cut as the limit says")
                }
            }
            _ => wrong("no text within its limit"),
        }
    }
}

/// An object of what is there.
pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let there = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    Value::Object(members.into_iter().filter_map(there).collect::<Object>())
}

pub(crate) fn wrong<T>(what: &'static str) -> Result<T, Error> {
    Err(Error::Content { place: String::new(), what })
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Field for String {
    fn value(&self) -> Option<Value> {
        Some(Value::Text(self.clone()))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        if let Some(Value::Text(text)) = value { Ok(text) } else { wrong("no text") }
    }
}

impl Field for Value {
    fn value(&self) -> Option<Value> {
        Some(self.clone())
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        value.map_or_else(|| wrong("absent"), Ok)
    }
}

impl Field for i64 {
    /// What lies outside the format's integers stays at their bound.
    fn value(&self) -> Option<Value> {
        Some(Value::Integer((*self).clamp(-INTEGER_MAX, INTEGER_MAX)))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        if let Some(Value::Integer(number)) = value { Ok(number) } else { wrong("no integer") }
    }
}

impl Field for u64 {
    fn value(&self) -> Option<Value> {
        i64::try_from(*self).unwrap_or(i64::MAX).value()
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        Self::try_from(i64::read(value)?).or_else(|_| wrong("a negative count"))
    }
}

impl Field for Timestamp {
    fn value(&self) -> Option<Value> {
        self.as_micros().value()
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        i64::read(value).map(Self::from_micros)
    }
}

impl Field for bool {
    fn value(&self) -> Option<Value> {
        Some(Value::Flag(*self))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        if let Some(Value::Flag(flag)) = value { Ok(flag) } else { wrong("neither true nor false") }
    }
}

impl Field for [u8; 32] {
    fn value(&self) -> Option<Value> {
        Some(Value::Text(self.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        let text = String::read(value)?;
        let mut hash = [0; 32];
        for (index, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2);
            *byte = digits
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                .map_or_else(|| wrong("no hash"), Ok)?;
        }
        Ok(hash)
    }
}

impl<T: Field> Field for Option<T> {
    fn clip(&mut self, sha256: Sha256<'_>) {
        self.iter_mut().for_each(|inner| inner.clip(sha256));
    }

    fn value(&self) -> Option<Value> {
        self.as_ref().and_then(Field::value)
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        value.map(|inner| T::read(Some(inner))).transpose()
    }
}

impl<T: Field> Field for Vec<T> {
    fn clip(&mut self, sha256: Sha256<'_>) {
        self.iter_mut().for_each(|inner| inner.clip(sha256));
    }

    fn value(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(Field::value).collect()))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        let Some(Value::List(members)) = value else { return wrong("no list") };
        members.into_iter().map(|inner| T::read(Some(inner))).collect()
    }
}

impl Field for Rights {
    fn value(&self) -> Option<Value> {
        self.iter().collect::<Vec<_>>().value()
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        Ok(Vec::<Right>::read(value)?.into_iter().collect())
    }
}

/// Types with one spelling as text.
macro_rules! spelled {
    ($($type:ty: $print:expr, $parse:expr;)*) => { $(
        impl Field for $type {
            fn value(&self) -> Option<Value> {
                Some(Value::Text($print(self).into()))
            }

            fn read(value: Option<Value>) -> Result<Self, Error> {
                let text = String::read(value)?;
                $parse(&text).map_or_else(|| wrong(concat!("no ", stringify!($type))), Ok)
            }
        }
    )* };
}

fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

spelled! {
    PersonId: Self::to_string, parsed;
    EstablishmentId: Self::to_string, parsed;
    ProviderId: Self::to_string, parsed;
    ContractId: Self::to_string, parsed;
    ServiceId: Self::to_string, parsed;
    EquipmentId: Self::to_string, parsed;
    InterventionId: Self::to_string, parsed;
    GateId: Self::to_string, parsed;
    SessionId: Self::to_string, parsed;
    RecordingId: Self::to_string, parsed;
    BootId: Self::to_string, parsed;
    Address: Self::to_string, parsed;
    IpAddr: Self::to_string, parsed;
    Ending: |ending: &Self| ending.as_str(), parsed;
    Source: |source: &Self| source.code(), parsed;
    Kind: |kind: &Self| kind.as_str(), |text: &str| Self::ALL.into_iter().find(|kind| kind.as_str() == text);
    Right: |right: &Self| right.as_str(), |text: &str| Self::ALL.into_iter().find(|right| right.as_str() == text);
}
