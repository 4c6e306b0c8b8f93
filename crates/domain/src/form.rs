//! What a file is, told by its content and never by its name. Nothing in it is decoded or run: a beginning, an end, and
//! the little between them that says how large a reader would find it.

use serde::{Deserialize, Serialize};
use vocab::Text;

/// Most pixels of an image: A3 at 1,200 dots an inch has 278 million. A small file that unfolds to more is no scan of a
/// paper.
const PIXELS_MAX: u64 = 400_000_000;
/// A PDF ends within so many of its last bytes, as common readers have it.
const PDF_END: usize = 1_024;
/// So many lines are looked at to tell a table.
const LINES: usize = 10;
/// Deepest JSON: what common readers take.
const DEPTH_MAX: u32 = 128;

/// The type of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Form {
    Pdf,
    Png,
    Jpeg,
    Tiff,
    Text,
    Csv,
    Json,
    Pcap,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoForm {
    /// It has no bytes.
    Empty,
    /// It begins as one of the types and is not whole.
    Broken(Form),
    /// Nobody opens it without a password.
    Encrypted,
    /// An image larger than any scan.
    Huge,
    /// None of the types.
    Unknown,
}

impl Form {
    /// Its word in the ledger, and the ending of a file of this type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Tiff => "tiff",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Pcap => "pcap",
        }
    }

    /// Whether a signed paper may be one: what somebody printed or scanned.
    pub const fn is_paper(self) -> bool {
        matches!(self, Self::Pdf | Self::Png | Self::Jpeg | Self::Tiff)
    }

    /// What these bytes are.
    ///
    /// # Errors
    /// They are none of the types, or not whole.
    pub fn of(bytes: &[u8]) -> Result<Self, NoForm> {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        if bytes.is_empty() {
            Err(NoForm::Empty)
        } else if begins(b"%PDF-") {
            pdf(bytes)
        } else if begins(b"\x89PNG\r\n\x1a\n") {
            png(bytes).ok_or(NoForm::Broken(Self::Png)).and_then(|size| sized(Self::Png, size))
        } else if begins(b"\xff\xd8\xff") {
            jpeg(bytes).ok_or(NoForm::Broken(Self::Jpeg)).and_then(|size| sized(Self::Jpeg, size))
        } else if begins(b"II*\0") || begins(b"MM\0*") {
            tiff(bytes).ok_or(NoForm::Broken(Self::Tiff)).and_then(|size| sized(Self::Tiff, size))
        } else if is_pcap(bytes) {
            Ok(Self::Pcap)
        } else {
            text(bytes).ok_or(NoForm::Unknown)
        }
    }
}

impl NoForm {
    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::Empty => Text::new("le fichier est vide", "the file is empty"),
            Self::Broken(form) => Text::new(
                format!("le fichier commence comme {} et n'est pas entier", form.as_str()),
                format!("the file begins as {} and is not whole", form.as_str()),
            ),
            Self::Encrypted => Text::new(
                "le PDF est chiffré : déposez-le sans mot de passe, il est chiffré ici",
                "the PDF is encrypted: file it without a password, it is encrypted here",
            ),
            Self::Huge => Text::new(
                "l'image est plus grande que tout papier numérisé (400 millions de points)",
                "the image is larger than any scanned paper (400 million pixels)",
            ),
            Self::Unknown => Text::new(
                "type inconnu : PDF, PNG, JPEG ou TIFF ; pour une preuve externe aussi texte, CSV, JSON ou pcap",
                "unknown type: PDF, PNG, JPEG or TIFF; for external evidence also text, CSV, JSON or pcap",
            ),
        }
    }
}

fn sized(form: Form, (width, height): (u64, u64)) -> Result<Form, NoForm> {
    match width.checked_mul(height) {
        Some(0) => Err(NoForm::Broken(form)),
        Some(pixels) if pixels <= PIXELS_MAX => Ok(form),
        _ => Err(NoForm::Huge),
    }
}

/// Its version, its end, and no key to its content.
fn pdf(bytes: &[u8]) -> Result<Form, NoForm> {
    let version = bytes.get(5..8).is_some_and(|v| matches!(v, [b'1' | b'2', b'.', b'0'..=b'9']));
    let tail = bytes.get(bytes.len().saturating_sub(PDF_END)..).unwrap_or(bytes);
    if !version || find(tail, b"%%EOF").is_none() || find(bytes, b"startxref").is_none() {
        return Err(NoForm::Broken(Form::Pdf));
    }
    let mut rest = bytes;
    while let Some(at) = find(rest, b"/Encrypt") {
        rest = rest.get(at.saturating_add(8)..).unwrap_or_default();
        // Another name may begin so (`/EncryptMetadata`): this one ends here.
        if !rest.first().is_some_and(|next| next.is_ascii_alphanumeric()) {
            return Err(NoForm::Encrypted);
        }
    }
    Ok(Form::Pdf)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Width and height of its head, which comes first; the end comes last.
fn png(bytes: &[u8]) -> Option<(u64, u64)> {
    let head = bytes.get(8..33)?;
    let whole = head.starts_with(b"\0\0\0\x0dIHDR") && bytes.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82");
    whole.then(|| Some((big(head.get(8..12)?), big(head.get(12..16)?))))?
}

/// Width and height of the first frame; the marks before it are walked one by one.
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut rest = bytes.strip_suffix(b"\xff\xd9")?.get(2..)?;
    loop {
        let [0xff, mark, ..] = rest else { return None };
        match mark {
            // A frame; not a table of codes, nor arithmetic conditioning.
            0xc0..=0xcf if !matches!(mark, 0xc4 | 0xc8 | 0xcc) => {
                return Some((big(rest.get(7..9)?), big(rest.get(5..7)?)));
            }
            0xff => rest = rest.get(1..)?,
            // The scan begins before any frame, or the picture ends.
            0xd8..=0xda | 0 => return None,
            0x01 | 0xd0..=0xd7 => rest = rest.get(2..)?,
            _ => {
                let length = usize::try_from(big(rest.get(2..4)?)).ok().filter(|length| *length >= 2)?;
                rest = rest.get(length.checked_add(2)?..)?;
            }
        }
    }
}

/// Width and height of the first directory, which lies in the file.
fn tiff(bytes: &[u8]) -> Option<(u64, u64)> {
    let little = bytes.starts_with(b"II");
    let number = |bytes: &[u8]| {
        if little {
            bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
        } else {
            big(bytes)
        }
    };
    let at = usize::try_from(number(bytes.get(4..8)?)).ok().filter(|at| *at >= 8)?;
    let count = usize::try_from(number(bytes.get(at..at.checked_add(2)?)?)).ok()?;
    let entries = bytes.get(at.checked_add(2)?..)?.get(..count.checked_mul(12)?)?;
    let value = |tag: u64| {
        let entry = entries.chunks_exact(12).find(|one| one.get(..2).map(number) == Some(tag))?;
        match number(entry.get(2..4)?) {
            3 => Some(number(entry.get(8..10)?)),
            4 => Some(number(entry.get(8..12)?)),
            _ => None,
        }
    };
    Some((value(256)?, value(257)?))
}

fn big(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// A capture of packets, of the older or the newer kind.
fn is_pcap(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 4] =
        [b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1"];
    let old = bytes.len() >= 24 && MAGIC.iter().any(|magic| bytes.starts_with(magic));
    let order = bytes.get(8..12);
    let new = bytes.len() >= 28
        && bytes.starts_with(b"\x0a\x0d\x0d\x0a")
        && (order == Some(b"\x1a\x2b\x3c\x4d") || order == Some(b"\x4d\x3c\x2b\x1a"));
    old || new
}

/// Lines of UTF-8, or of one byte a character: nothing below a blank but what sets lines and colours.
fn text(bytes: &[u8]) -> Option<Form> {
    let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x20..=0x7e | 0x80..);
    if !bytes.iter().all(plain) {
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Some(if is_json(bytes) {
        Form::Json
    } else if is_csv(bytes) {
        Form::Csv
    } else {
        Form::Text
    })
}

/// One object or list, whole: brackets in pairs outside its strings.
fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii();
    if !matches!(bytes.first(), Some(b'{' | b'[')) {
        return false;
    }
    // One bit for each open bracket: whether it is one of a list.
    let (mut open, mut depth, mut quoted, mut escaped) = (0_u128, 0_u32, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' if depth < DEPTH_MAX => {
                open = (open << 1) | u128::from(*byte == b'[');
                depth = depth.saturating_add(1);
            }
            b'}' | b']' if depth > 0 && (open & 1 == 1) == (*byte == b']') => {
                open >>= 1;
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at.saturating_add(1) == bytes.len();
                }
            }
            b'{' | b'[' | b'}' | b']' => return false,
            _ => {}
        }
    }
    false
}

/// At least two lines, each with as many separators of one kind as the first, outside quotes.
fn is_csv(bytes: &[u8]) -> bool {
    let lines =
        || bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LINES);
    let count = |line: &[u8], separator: u8| {
        let (mut quoted, mut count) = (false, 0_usize);
        for byte in line {
            quoted ^= *byte == b'"';
            count = count.saturating_add(usize::from(!quoted && *byte == separator));
        }
        count
    };
    [b',', b';', b'\t'].into_iter().any(|separator| {
        let first = lines().next().map_or(0, |line| count(line, separator));
        first > 0 && lines().count() > 1 && lines().all(|line| count(line, separator) == first)
    })
}

#[cfg(test)]
mod tests;
