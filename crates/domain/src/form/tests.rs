//! What files are by their content, and what is none of them.

use super::*;
use proptest::prelude::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0crc_\0\0\0\0IEND\xae\x42\x60\x82");
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x03q\xff\xc2\0\x0b\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x01\x01\x11\0\xff\xda\0\x02scan\xff\xd9");
    bytes
}

fn tiff(little: bool, width: u32, height: u32) -> Vec<u8> {
    let two = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let four = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    bytes.extend(four(8));
    bytes.extend(two(2));
    for (tag, value) in [(256, width), (257, height)] {
        bytes.extend(two(tag));
        bytes.extend(two(4));
        bytes.extend(four(1));
        bytes.extend(four(value));
    }
    bytes.extend(four(0));
    bytes
}

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n";

#[test]
fn a_type_is_told_by_the_content() {
    let told: [(&[u8], Form); 22] = [
        (PDF, Form::Pdf),
        (b"%PDF-2.0 <</EncryptMetadata true>> startxref %%EOF", Form::Pdf),
        (&png(1, 1), Form::Png),
        (&png(20_000, 20_000), Form::Png),
        (&jpeg(2_480, 3_508), Form::Jpeg),
        (&tiff(true, 2_480, 3_508), Form::Tiff),
        (&tiff(false, 2_480, 3_508), Form::Tiff),
        (b"Nov 28 10:00:00 fw-1 ACCEPT src=192.0.2.1 dst=198.51.100.2\n", Form::Text),
        ("été\n".as_bytes(), Form::Text),
        (b"\xe9t\xe9\r\n", Form::Text),
        (b"\x1b[31mDENY\x1b[0m\n", Form::Text),
        (b"{\"a\":1}\n{\"b\":2}\n", Form::Text),
        (b"[\"(]\"", Form::Text),
        (b"{]", Form::Text),
        (b"time;src;dst\n1;a;b\n2;a;b\n", Form::Csv),
        (b"\xef\xbb\xbfa,b\n\"x,y\",z\n", Form::Csv),
        (b"a,b\nc\n", Form::Text),
        (b"{\"a\": [1, \"}\\\"\"]}\n", Form::Json),
        (b"[]", Form::Json),
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", Form::Pcap),
        (b"\xa1\xb2\x3c\x4d\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", Form::Pcap),
        (
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
            Form::Pcap,
        ),
    ];
    for (bytes, form) in told {
        assert_eq!(Form::of(bytes), Ok(form), "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_is_not_whole_or_of_another_type_is_refused() {
    let huge = NoForm::Huge;
    let refused: [(&[u8], NoForm); 24] = [
        (b"", NoForm::Empty),
        (b"%PDF-1.7\nstartxref\n0\n", NoForm::Broken(Form::Pdf)),
        (b"%PDF-9.9 startxref %%EOF", NoForm::Broken(Form::Pdf)),
        (b"%PDF-1.7 %%EOF", NoForm::Broken(Form::Pdf)),
        (b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\nstartxref\n0\n%%EOF", NoForm::Encrypted),
        (b"%PDF-1.7\ntrailer<</Encrypt<<>>>>\nstartxref\n0\n%%EOF", NoForm::Encrypted),
        (&png(1, 1)[..40], NoForm::Broken(Form::Png)),
        (&png(0, 7), NoForm::Broken(Form::Png)),
        (&png(20_001, 20_000), huge),
        (&png(u32::MAX, u32::MAX), huge),
        (b"\xff\xd8\xff", NoForm::Broken(Form::Jpeg)),
        (b"\xff\xd8\xff\xda\0\x02\xff\xd9", NoForm::Broken(Form::Jpeg)),
        (b"\xff\xd8\xff\xe0\0\x01\xff\xc0\0\x0b\x08\0\x01\0\x01\xff\xd9", NoForm::Broken(Form::Jpeg)),
        (&jpeg(65_535, 65_535), huge),
        (&tiff(true, 65_535, 65_535), huge),
        (b"II*\0\xff\xff\xff\xff", NoForm::Broken(Form::Tiff)),
        (b"MM\0*\0\0\0\x08\xff\xff", NoForm::Broken(Form::Tiff)),
        (b"II*\0\x02\0\0\0\0\0", NoForm::Broken(Form::Tiff)),
        // By its name each of these could be anything.
        (b"\x7fELF\x02\x01\x01\0", NoForm::Unknown),
        (b"MZ\x90\0\x03\0", NoForm::Unknown),
        (b"PK\x03\x04\x14\0", NoForm::Unknown),
        (b"\x1f\x8b\x08\0\0\0\0\0", NoForm::Unknown),
        (b"a\0b", NoForm::Unknown),
        (b"GIF89a\x01\0\x01\0", NoForm::Unknown),
    ];
    for (bytes, why) in refused {
        assert_eq!(Form::of(bytes), Err(why), "{:?}", String::from_utf8_lossy(bytes));
    }
    // Deep brackets are no JSON, and cost nothing.
    assert_eq!(Form::of(&b"[".repeat(1_000_000)), Ok(Form::Text));
}

proptest! {
    #[test]
    fn whatever_it_is_given_it_answers(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _any = Form::of(&bytes);
    }

    #[test]
    fn what_begins_as_a_type_is_answered_too(
        magic in proptest::sample::select(vec![&b"%PDF-1.4"[..], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"{", b"\x0a\x0d\x0d\x0a"]),
        rest in proptest::collection::vec(any::<u8>(), 0..200),
        end in proptest::sample::select(vec![&b""[..], b"\xff\xd9", b"%%EOF"]),
    ) {
        let _any = Form::of(&[magic, &rest, end].concat());
    }
}
