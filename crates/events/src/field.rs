//! What a member of an entry may be, and its one spelling as a value.

use vocab::{
    BootId, Ending, EstablishmentId, GateId, InterventionId, PersonId, RecordingId, SessionId, Timestamp,
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

/// An object of what is there.
pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let there = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    Value::Object(members.into_iter().filter_map(there).collect::<Object>())
}

pub(crate) fn wrong<T>(what: &'static str) -> Result<T, Error> {
    Err(Error::Content { place: String::new(), what })
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

/// Types with one spelling as text.
macro_rules! spelled {
    ($($type:ty: $print:expr, $parse:expr;)*) => { $(
        impl $crate::field::Field for $type {
            fn value(&self) -> Option<Value> {
                Some(Value::Text($print(self).into()))
            }

            fn read(value: Option<Value>) -> Result<Self, Error> {
                let text = String::read(value)?;
                $parse(&text).map_or_else(|| wrong("not a value of its kind"), Ok)
            }
        }
    )* };
}

#[cfg(feature = "catalogue")]
pub(crate) use spelled;

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

spelled! {
    PersonId: Self::to_string, parsed;
    EstablishmentId: Self::to_string, parsed;
    InterventionId: Self::to_string, parsed;
    GateId: Self::to_string, parsed;
    SessionId: Self::to_string, parsed;
    RecordingId: Self::to_string, parsed;
    BootId: Self::to_string, parsed;
    Ending: |ending: &Self| ending.as_str(), parsed;
}

/// A struct that is written as an object with the members of its names.
macro_rules! part {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $name { $(#[doc = concat!("`", stringify!($field), "` of `events.md`.")] $vis $field: $type),* }

        impl $crate::field::Field for $name {
            fn clip(&mut self, _sha256: $crate::Sha256<'_>) {
                $($crate::field::Field::clip(&mut self.$field, _sha256);)*
            }

            fn value(&self) -> Option<$crate::value::Value> {
                let members: Vec<(&str, Option<$crate::value::Value>)> =
                    vec![$((stringify!($field), $crate::field::Field::value(&self.$field))),*];
                Some($crate::field::object(members))
            }

            fn read(value: Option<$crate::value::Value>) -> Result<Self, $crate::Error> {
                let Some($crate::value::Value::Object(mut _members)) = value else {
                    return $crate::field::wrong("no object");
                };
                let read = Self { $($field: {
                    let member = _members.remove(stringify!($field));
                    $crate::field::Field::read(member).map_err(|error| error.within(stringify!($field)))?
                }),* };
                match _members.pop_first() {
                    None => Ok(read),
                    Some((unknown, _)) => $crate::field::wrong("is not known here").map_err(|error| error.within(&unknown)),
                }
            }
        }

        #[cfg(all(test, feature = "catalogue"))]
        impl $crate::samples::Sample for $name {
            fn sample(_count: &mut u64) -> Self {
                Self { $($field: $crate::samples::Sample::sample(_count)),* }
            }

            fn largest() -> Self {
                Self { $($field: $crate::samples::Sample::largest()),* }
            }
        }
    };
}
pub(crate) use part;
