//! A person's printed codes, for what he agrees to over the telephone: twenty numbers of eight digits, each accepted
//! once (`docs/formats/keys.md`, section 2).

use crate::envelope::Kind;
use crate::master::random;
use crate::vault::held;
use crate::{Error, Vault};
use domain::{Fingerprint, LoginProof};
use gate::ports::Sheet;
use subtle::ConstantTimeEq as _;
use vocab::{PersonId, Secret, Timestamp};
use zeroize::Zeroizing;

const CODES: usize = gate::SHEET_CODES as usize;
/// Eight digits.
const BOUND: u32 = 100_000_000;
const ENTRY: usize = 5;
/// Bytes of all codes.
const ENTRIES: usize = CODES * ENTRY;

/// What is on a sheet, with what was used of it.
struct Printed {
    proof: LoginProof,
    /// Whether each was used, and the code.
    codes: Zeroizing<Vec<(bool, u32)>>,
}

impl Printed {
    fn draw(proof: &LoginProof) -> Result<Self, Error> {
        let mut codes = Zeroizing::new(Vec::with_capacity(CODES));
        while codes.len() < CODES {
            let mut bytes = Zeroizing::new([0_u8; 4]);
            random(bytes.as_mut_slice())?;
            let number = u32::from_be_bytes(*bytes);
            // Each code as probable: numbers beyond the last whole multiple are drawn again.
            if number < u32::MAX - u32::MAX % BOUND {
                codes.push((false, number % BOUND));
            }
        }
        Ok(Self { proof: proof.clone(), codes })
    }

    /// `u32` number of the second factor, `u16` length of the key's fingerprint, the fingerprint, then for each code
    /// `u8` 1 when it was used, else 0, and `u32`; at the end `i64` microseconds, when that login was. A sheet of before ends without.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let key = self.proof.key.0.as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(6 + key.len() + ENTRY * self.codes.len()));
        bytes.extend(self.proof.enrolment.to_be_bytes());
        bytes.extend(u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(key);
        for (used, code) in self.codes.iter() {
            bytes.push(u8::from(*used));
            bytes.extend(code.to_be_bytes());
        }
        bytes.extend(self.proof.at.as_micros().to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (enrolment, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (rest, when) = rest.split_at_checked(ENTRIES)?;
        let at = match when {
            [] => Timestamp::MIN,
            when => Timestamp::from_micros(i64::from_be_bytes(when.try_into().ok()?)),
        };
        let (entries, nothing) = rest.as_chunks::<ENTRY>();
        let entry = |[used, a, b, c, d]: &[u8; ENTRY]| {
            let used = match used {
                0 => false,
                1 => true,
                _ => return None,
            };
            Some((used, u32::from_be_bytes([*a, *b, *c, *d])))
        };
        let codes = Zeroizing::new(entries.iter().map(entry).collect::<Option<Vec<_>>>()?);
        let key = Fingerprint(std::str::from_utf8(key).ok()?.to_owned());
        let proof = LoginProof { key, second: None, enrolment: u32::from_be_bytes(*enrolment), at };
        (codes.len() == CODES && nothing.is_empty()).then_some(Self { proof, codes })
    }

    fn next(&self) -> Option<u32> {
        let place = self.codes.iter().position(|(used, _)| !used)?;
        u32::try_from(place).ok()?.checked_add(1)
    }

    /// Whether this is the code of this number, not used yet; then it is used in this value.
    fn accept(&mut self, number: u32, code: &str) -> bool {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let Some((used, expected)) = place.and_then(|place| self.codes.get_mut(place)) else { return false };
        let expected = Zeroizing::new(format!("{expected:08}"));
        let right = bool::from(expected.as_bytes().ct_eq(code.as_bytes())) && !*used;
        *used |= right;
        right
    }
}

impl Vault {
    /// A new sheet in place of the former one; its codes in the order of their numbers.
    pub(crate) fn draw_sheet(&self, person: &PersonId, proof: &LoginProof) -> Result<Vec<Secret>, Error> {
        let _alone = held(&self.0.codes);
        let sheet = Printed::draw(proof)?;
        let path = self.0.sheet_path(person);
        let version = self.0.unseal(Kind::Sheet, person.as_str(), &path)?.map_or(0, |opened| opened.version);
        self.0.reseal(Kind::Sheet, person.as_str(), &path, version, &sheet.to_bytes())?;
        Ok(sheet.codes.iter().map(|(_, code)| Secret::new(format!("{code:08}").into_bytes())).collect())
    }

    /// Under which login it was drawn, and what is left of it.
    pub(crate) fn sheet(&self, person: &PersonId) -> Result<Option<Sheet>, Error> {
        let _alone = held(&self.0.codes);
        let read = self.printed(person)?;
        Ok(read.map(|(_, sheet)| Sheet { next: sheet.next(), proof: sheet.proof }))
    }

    /// Whether this is the code of that number. A right one is burnt on the disk before this returns.
    pub(crate) fn burn_sheet_code(&self, person: &PersonId, number: u32, code: &str) -> Result<bool, Error> {
        let _alone = held(&self.0.codes);
        let Some((version, mut sheet)) = self.printed(person)? else { return Ok(false) };
        if !sheet.accept(number, code) {
            return Ok(false);
        }
        self.0.reseal(
            Kind::Sheet,
            person.as_str(),
            &self.0.sheet_path(person),
            version,
            &sheet.to_bytes(),
        )?;
        Ok(true)
    }

    fn printed(&self, person: &PersonId) -> Result<Option<(u64, Printed)>, Error> {
        let path = self.0.sheet_path(person);
        let Some(opened) = self.0.unseal(Kind::Sheet, person.as_str(), &path)? else { return Ok(None) };
        let sheet = Printed::from_bytes(&opened.body).ok_or(Error::Altered(path))?;
        Ok(Some((opened.version, sheet)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed() -> Printed {
        let key = Fingerprint("SHA256:a".to_owned());
        Printed::draw(&LoginProof { key, second: None, enrolment: 3, at: Timestamp::from_secs(7) }).unwrap()
    }

    #[test]
    fn a_sheet_is_read_as_it_was_written_and_nothing_else_is_one() {
        let mut sheet = printed();
        let code = format!("{:08}", sheet.codes[4].1);
        assert!(sheet.accept(5, &code));
        let bytes = sheet.to_bytes();
        let read = Printed::from_bytes(&bytes).unwrap();
        assert_eq!(read.proof, sheet.proof);
        assert_eq!(*read.codes, *sheet.codes);
        let before = bytes.len() - 8;
        assert_eq!(Printed::from_bytes(&bytes[..before]).unwrap().proof.at, Timestamp::MIN);
        for length in (0..bytes.len()).filter(|length| *length != before) {
            assert!(Printed::from_bytes(&bytes[..length]).is_none(), "{length}");
        }
        let mut wrong = bytes.clone();
        wrong[14] = 2;
        assert!(Printed::from_bytes(&wrong).is_none());
    }

    #[test]
    fn each_code_is_taken_once_under_its_own_number() {
        let mut sheet = printed();
        let codes: Vec<String> = sheet.codes.iter().map(|(_, code)| format!("{code:08}")).collect();
        assert_eq!(sheet.next(), Some(1));
        assert!(
            !sheet.accept(0, &codes[0]) && !sheet.accept(21, &codes[0]) && !sheet.accept(u32::MAX, &codes[0])
        );
        assert!(codes[0] == codes[1] || !sheet.accept(2, &codes[0]));
        assert!(!sheet.accept(1, "") && !sheet.accept(1, codes[0].split_at(1).1));
        for (place, code) in codes.iter().enumerate() {
            let number = u32::try_from(place).unwrap() + 1;
            assert!(sheet.accept(number, code));
            assert!(!sheet.accept(number, code), "used");
            assert_eq!(sheet.next(), (number < 20).then_some(number + 1));
        }
    }
}
