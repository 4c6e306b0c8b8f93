//! A mail as it goes over the wire (RFC 5322): headers that nothing of others can add to, and a body in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Email;
use vocab::Timestamp;

/// Bytes of UTF-8 in one encoded word: 45 are 60 digits, with `=?UTF-8?B?` and `?=` 72 of the 75 that RFC 2047 allows.
const WORD: usize = 45;
/// Bytes of the body on one line: 57 are 76 digits (RFC 2045 section 6.8).
const LINE: usize = 57;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A mail.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) from: &'a Email,
    pub(super) to: &'a Email,
    /// Of our own digits.
    pub(super) id: &'a str,
    pub(super) at: Timestamp,
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
}

impl Message<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let host = self.from.as_str().rsplit('@').next().unwrap_or_default();
        let mut text = format!(
            "From: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{host}>\r\nAuto-Submitted: auto-generated\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            self.from,
            self.to,
            encoded(self.subject),
            date(self.at),
            self.id,
        );
        for line in self.body.replace('\n', "\r\n").as_bytes().chunks(LINE) {
            text.push_str(&STANDARD.encode(line));
            text.push_str("\r\n");
        }
        text.into_bytes()
    }
}

/// Every character of it encoded (RFC 2047), in words that begin and end at a character.
fn encoded(text: &str) -> String {
    let (mut words, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.floor_char_boundary(WORD.min(rest.len())));
        words.push(format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}

/// As RFC 5322 writes it, without the day of the week; 1970 for what has no date there.
fn date(at: Timestamp) -> String {
    let text = at.to_string();
    let parts = || {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut parts = date.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
        let month = MONTHS.get(month.checked_sub(1)?)?;
        (year.len() == 4).then(|| format!("{day} {month} {year} {time} +0000"))
    };
    parts().unwrap_or_else(|| "01 Jan 1970 00:00:00 +0000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn email(text: &str) -> Email {
        text.parse().unwrap()
    }

    fn message(subject: &str, body: &str) -> String {
        let (from, to) = (email("porte@hopital.exemple"), email("b.petit@hopital.exemple"));
        let at = Timestamp::from_secs(1_790_000_000);
        let message = Message { from: &from, to: &to, id: "0123abcd", at, subject, body };
        String::from_utf8(message.bytes()).unwrap()
    }

    #[test]
    fn a_message_is_as_written() {
        let expected = "From: <porte@hopital.exemple>\r\nTo: <b.petit@hopital.exemple>\r\nSubject: =?UTF-8?B?w4ljaMOpYW5jZXM=?=\r\n\
             Date: 21 Sep 2026 14:13:20 +0000\r\nMessage-ID: <0123abcd@hopital.exemple>\r\nAuto-Submitted: auto-generated\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             YQ0Kw6k=\r\n";
        assert_eq!(message("Échéances", "a\né"), expected);
        assert_eq!(date(Timestamp::MIN), "01 Jan 1970 00:00:00 +0000");
    }

    proptest! {
        /// Whatever stands in subject and body, the headers are ours, no line is too long, and both come back.
        #[test]
        fn nothing_adds_a_header(subject in any::<String>(), body in any::<String>()) {
            let text = message(&subject, &body);
            let (head, encoded) = text.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with(' '))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            prop_assert_eq!(names, [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ]);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 78 + 8 && !line.contains(['\r', '\n'])));
            prop_assert!(text.is_ascii() && !text.split("\r\n").any(|line| line == "."));
            let back: Vec<u8> = encoded.split("\r\n").flat_map(|line| STANDARD.decode(line).unwrap()).collect();
            prop_assert_eq!(String::from_utf8(back).unwrap(), body.replace('\n', "\r\n"));
            let of_subject = head.split("Subject: ").nth(1).unwrap().split("\r\nDate:").next().unwrap();
            let words = of_subject.split("\r\n ").filter(|word| !word.is_empty());
            let back: Vec<u8> = words
                .flat_map(|word| STANDARD.decode(word.trim_start_matches("=?UTF-8?B?").trim_end_matches("?=")).unwrap())
                .collect();
            prop_assert_eq!(String::from_utf8(back).unwrap(), subject);
        }
    }
}
