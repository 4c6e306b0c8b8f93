//! The vault as a whole, on a real folder.

use crate::envelope::{self, Kind};
use crate::reader::ReaderKey;
use crate::{Error, NewSecret, Sharing, Vault};
use ledger::Signer as _;
use proptest::prelude::*;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vocab::{EquipmentId, EstablishmentId, PersonId, Secret, Timestamp};

/// A vault in a folder of its own, that can be closed and opened again.
struct Bench {
    folder: TempDir,
    vault: Option<Vault>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Vault::create_key(&folder.path().join("vault.key")).unwrap();
        let mut bench = Self { folder, vault: None };
        bench.reopen();
        bench
    }

    fn open(&self) -> Result<Vault, Error> {
        Vault::open(&self.folder.path().join("vault"), &self.folder.path().join("vault.key"))
    }

    fn reopen(&mut self) -> &Vault {
        self.vault = None;
        self.vault.insert(self.open().unwrap())
    }

    fn vault(&self) -> &Vault {
        self.vault.as_ref().unwrap()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("vault").join(path)
    }

    fn put(
        &self,
        equipment: &str,
        login: &str,
        secret: &str,
        sharing: Sharing,
    ) -> Result<crate::Placed, Error> {
        self.vault().put_account(&nord(), &id(equipment), login, password(secret), sharing)
    }

    fn lent(&self, equipment: &str) -> Result<(String, Vec<u8>), Error> {
        let account = self.vault().read_account(&nord(), &id(equipment))?;
        Ok((account.login.clone(), account.unique("").to_vec()))
    }
}

fn nord() -> EstablishmentId {
    "nord".parse().unwrap()
}

fn id(name: &str) -> EquipmentId {
    name.parse().unwrap()
}

fn person() -> PersonId {
    "a.martin".parse().unwrap()
}

fn password(text: &str) -> NewSecret {
    NewSecret::Password(Secret::new(text.as_bytes().to_vec()))
}

/// A field of a file of vectors: `name value`.
pub(crate) fn field<'a>(vector: &'a str, name: &str) -> &'a str {
    let mut lines = vector.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(found, _)| *found == name).unwrap().1.trim()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

fn every_file(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(every_file(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn an_account_is_lent_as_it_was_kept_and_after_a_restart() {
    let mut bench = Bench::new();
    let placed = bench.put("scanner", "maint-1", "plainly fictitious", Sharing::Refused).unwrap();
    bench.reopen();
    assert_eq!(bench.lent("scanner").unwrap(), ("maint-1".to_owned(), b"plainly fictitious".to_vec()));
    assert_eq!(bench.vault().account(&nord(), &id("scanner")), Some(("maint-1".to_owned(), placed.tag)));
    assert!(matches!(bench.lent("other"), Err(Error::Missing { .. })));
    assert!(bench.vault().remove_account(&nord(), &id("scanner")).unwrap());
    assert!(matches!(bench.lent("scanner"), Err(Error::Missing { .. })));
    assert_eq!(bench.vault().account(&nord(), &id("scanner")), None);
}

#[test]
fn a_drawn_key_fits_its_public_line() {
    let bench = Bench::new();
    let (public, _) =
        bench.vault().create_key_account(&nord(), &id("scanner"), "maint", Sharing::Refused).unwrap();
    let (_, private) = bench.lent("scanner").unwrap();
    assert_eq!(crate::openssh::public_line(&Secret::new(private), "poterne:scanner.nord").unwrap(), public);
}

#[test]
fn certificates_come_from_one_authority_of_the_establishment() {
    use crate::certificate::Purpose;
    let mut bench = Bench::new();
    let put = |bench: &Bench, whose: &EstablishmentId, equipment, login, sharing| {
        bench.vault().put_account(whose, &id(equipment), login, NewSecret::Certificate, sharing)
    };
    assert!(matches!(bench.vault().authority(&nord()), Err(Error::Missing { .. })));
    let scanner = put(&bench, &nord(), "scanner", "maint-1", Sharing::Refused).unwrap();
    let line = bench.vault().authority(&nord()).unwrap();
    assert!(line.starts_with("ssh-ed25519 AAAA") && line.ends_with(" poterne:nord"), "{line}");
    let imager = put(&bench, &nord(), "imager", "maint-2", Sharing::Refused).unwrap();
    assert_ne!(scanner.tag, imager.tag, "each has its own name (T9)");
    assert!(imager.secret_shared_with.is_empty());
    assert!(matches!(put(&bench, &nord(), "pump", "maint-1", Sharing::Refused), Err(Error::Shared { .. })));
    let sud: EstablishmentId = "sud".parse().unwrap();
    put(&bench, &sud, "scanner", "maint-1", Sharing::Refused).unwrap();
    bench.reopen();
    assert_eq!(bench.vault().authority(&nord()).unwrap(), line, "equipment goes on trusting it");
    assert_ne!(bench.vault().authority(&sud).unwrap(), line, "each establishment has its own");
    assert_eq!(bench.vault().account(&nord(), &id("scanner")), Some(("maint-1".into(), scanner.tag)));
    // One establishment's authority is not another's, though the files are exchanged.
    let (one, other) = (bench.file("keys/authority-nord.sealed"), bench.file("keys/authority-sud.sealed"));
    std::fs::copy(one, other).unwrap();
    let purpose = Purpose {
        principal: "scanner.sud".into(),
        key_id: String::new(),
        serial: 1,
        until: Timestamp::MAX,
        terminal: false,
    };
    assert!(matches!(bench.vault().issue(&sud, &purpose, Timestamp::from_secs(0)), Err(Error::Altered(_))));
    let refused = put(&bench, &sud, "imager", "maint-2", Sharing::Refused);
    assert!(matches!(refused, Err(Error::Altered(_))), "none is drawn in place of a damaged one");
}

#[test]
fn an_account_is_reserved_in_login_and_in_secret() {
    let mut bench = Bench::new();
    bench.put("scanner", "maint-1", "one", Sharing::Refused).unwrap();
    for (login, secret, what) in [("maint-2", "one", "secret"), ("maint-1", "two", "login")] {
        let refused = bench.put("imager", login, secret, Sharing::Refused).unwrap_err();
        assert!(
            matches!(&refused, Error::Shared { what: found, with } if *found == what && with == "scanner.nord")
        );
        assert!(matches!(bench.lent("imager"), Err(Error::Missing { .. })), "nothing was kept");
    }
    bench.reopen();
    let refused = bench.put("imager", "maint-2", "one", Sharing::Refused);
    assert!(matches!(refused, Err(Error::Shared { .. })), "also after a restart");
    let placed = bench.put("imager", "maint-1", "one", Sharing::Recorded).unwrap();
    assert_eq!(
        (placed.login_shared_with, placed.secret_shared_with),
        (vec![id("scanner")], vec![id("scanner")])
    );
    let again = bench.put("scanner", "maint-1", "three", Sharing::Recorded).unwrap();
    assert!(again.secret_shared_with.is_empty(), "its own earlier secret is no other's");
    let elsewhere = "sud".parse().unwrap();
    bench
        .vault()
        .put_account(&elsewhere, &id("scanner"), "maint-1", password("one"), Sharing::Refused)
        .expect("another establishment is another world");
}

/// What the vault had already is told from what is new, also after a restart: only the latter counts as changed.
#[test]
fn another_secret_is_told_from_the_same() {
    let mut bench = Bench::new();
    for (login, secret, another) in
        [("maint", "one", true), ("maint", "one", false), ("other", "one", false), ("other", "two", true)]
    {
        let placed = bench.put("scanner", login, secret, Sharing::Refused).unwrap();
        assert_eq!(placed.another, another, "{login} {secret}");
        bench.reopen();
    }
}

#[test]
fn a_code_is_burnt_on_the_disk_before_it_is_right() {
    let mut bench = Bench::new();
    let secret = Secret::new(b"12345678901234567890".to_vec());
    bench.vault().put_codes(&person(), &secret).unwrap();
    let now = Timestamp::from_secs(59);
    assert!(!bench.vault().burn_code(&person(), "287083", now).unwrap());
    assert!(bench.vault().burn_code(&person(), "287082", now).unwrap());
    assert!(!bench.vault().burn_code(&person(), "287082", now).unwrap());
    bench.reopen();
    assert!(!bench.vault().burn_code(&person(), "287082", now).unwrap(), "not after a restart either");
    assert!(bench.vault().burn_code(&person(), "359152", Timestamp::from_secs(60)).unwrap());
    assert!(!bench.vault().burn_code(&"b.durand".parse().unwrap(), "359152", now).unwrap(), "a stranger");
    bench.vault().put_codes(&person(), &secret).unwrap();
    assert!(
        !bench.vault().burn_code(&person(), "359152", Timestamp::from_secs(60)).unwrap(),
        "kept again, still burnt"
    );
    assert!(bench.vault().remove_codes(&person()).unwrap());
    assert!(!bench.vault().burn_code(&person(), "969429", Timestamp::from_secs(3_000)).unwrap());
}

#[test]
fn a_code_that_cannot_be_burnt_is_not_right() {
    let bench = Bench::new();
    bench.vault().put_codes(&person(), &Secret::new(b"12345678901234567890".to_vec())).unwrap();
    // Something stands where the new version is written, and cannot be moved aside.
    std::fs::create_dir(bench.file("codes/a.martin.sealed.tmp")).unwrap();
    let now = Timestamp::from_secs(59);
    assert!(matches!(bench.vault().burn_code(&person(), "287082", now), Err(Error::Disk { .. })));
    std::fs::remove_dir(bench.file("codes/a.martin.sealed.tmp")).unwrap();
    assert!(bench.vault().burn_code(&person(), "287082", now).unwrap(), "and it is not lost");
}

#[test]
fn one_code_at_two_doors_opens_once() {
    let bench = Bench::new();
    bench.vault().put_codes(&person(), &Secret::new(b"12345678901234567890".to_vec())).unwrap();
    let now = Timestamp::from_secs(59);
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let vault = bench.vault().clone();
            std::thread::spawn(move || vault.burn_code(&person(), "287082", now).unwrap())
        })
        .collect();
    assert_eq!(tries.into_iter().map(|t| t.join().unwrap()).filter(|right| *right).count(), 1);
}

#[test]
fn an_enrolment_is_shown_once() {
    let bench = Bench::new();
    let link = bench.vault().enrol_codes(&person()).unwrap();
    let text = std::str::from_utf8(link.expose()).unwrap();
    assert!(text.starts_with("otpauth://totp/poterne:a.martin?secret="), "{text}");
    assert_ne!(bench.vault().enrol_codes(&person()).unwrap(), link);
}

#[test]
fn a_recording_is_opened_by_its_readers_and_nobody_else() {
    let bench = Bench::new();
    assert!(matches!(bench.vault().draw_recording_key(&nord()), Err(Error::Missing { .. })));
    let readers: Vec<ReaderKey> = ["rssi", "auditor", "stranger"]
        .iter()
        .map(|label| ReaderKey::create(&bench.folder.path().join(label), label).unwrap())
        .collect();
    let lines: Vec<String> = readers.iter().take(2).map(|reader| reader.recipient().line()).collect();
    let text = format!("# Those who may read.\n\n{}\n", lines.join("\n"));
    assert_eq!(bench.vault().put_recipients(&nord(), &text).unwrap().len(), 2);
    let (key, recipients) = bench.vault().draw_recording_key(&nord()).unwrap();
    assert_eq!((key.expose().len(), recipients.len()), (32, 2));
    for label in ["rssi", "auditor"] {
        let reader = ReaderKey::read(&bench.folder.path().join(label)).unwrap();
        assert_eq!(reader.unwrap(&nord(), &recipients).unwrap(), key);
        assert!(reader.unwrap(&"sud".parse().unwrap(), &recipients).is_err(), "bound to the establishment");
    }
    assert!(matches!(readers[2].unwrap(&nord(), &recipients), Err(Error::Missing { .. })));
    for byte in 0..recipients[0].wrapped.len() {
        let mut broken = recipients.clone();
        broken[0].wrapped[byte] ^= 1;
        assert!(readers[0].unwrap(&nord(), &broken).is_err(), "byte {byte}");
    }
    let (other, _) = bench.vault().draw_recording_key(&nord()).unwrap();
    assert_ne!(key, other, "each recording has its own key");
}

#[test]
fn a_wrapped_key_made_by_others_is_opened() {
    let vector = include_str!("../../../docs/formats/vectors/keys/wrapped.txt");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader");
    crate::disk::replace(&path, field(vector, "reader").as_bytes()).unwrap();
    let reader = ReaderKey::read(&path).unwrap();
    assert_eq!(reader.recipient().line(), field(vector, "recipient"));
    assert_eq!(reader.recipient().id(), field(vector, "key-id"));
    let (key_id, wrapped) = (reader.recipient().id().into_bytes(), unhex(field(vector, "wrapped")));
    let key = reader.unwrap(&nord(), &[recording::Recipient { key_id, wrapped }]).unwrap();
    assert_eq!(key.expose(), unhex(field(vector, "data-key")));
}

#[test]
fn recipients_that_are_none_are_refused() {
    let bench = Bench::new();
    let reader = ReaderKey::create(&bench.folder.path().join("rssi"), "rssi").unwrap();
    let line = reader.recipient().line();
    let cases = [
        "",
        "# none\n",
        "poterne-recipient-1 AAAA rssi",
        &format!("{line}\n{line}"),
        &format!("{line} x"),
        &{ line.replace("recipient-1", "recipient-9") },
    ];
    for text in cases {
        assert!(bench.vault().put_recipients(&nord(), text).is_err(), "{text}");
    }
    assert!(bench.vault().recipients(&nord()).is_err(), "and nothing was kept");
    assert!(ReaderKey::create(&bench.folder.path().join("other"), "two words").is_err());
    assert!(ReaderKey::create(&bench.folder.path().join("rssi"), "rssi").is_err(), "a key is never replaced");
}

#[test]
fn log_and_door_have_keys_that_stay() {
    let mut bench = Bench::new();
    let origin = "poterne.invalid/nord/gate-1";
    assert!(matches!(bench.vault().log_signers(origin), Err(Error::Missing { .. })));
    let drawn = bench.vault().create_log_signers(origin).unwrap();
    let door = bench.vault().create_door_key("gate-1").unwrap();
    bench.reopen();
    let kept = bench.vault().log_signers(origin).unwrap();
    assert!(drawn.ed25519.key() == kept.ed25519.key() && drawn.ml_dsa_44.key() == kept.ml_dsa_44.key());
    assert_eq!(
        (kept.ed25519.sign(b"x").unwrap().len(), kept.ml_dsa_44.sign(b"x").unwrap().len()),
        (64, 2_420)
    );
    assert_eq!(bench.vault().door_key("gate-1").unwrap().public, door.public);
    assert!(matches!(bench.vault().create_log_signers(origin), Err(Error::Exists { .. })));
    assert!(matches!(bench.vault().create_door_key("gate-1"), Err(Error::Exists { .. })));
    assert!(bench.vault().door_key("gate-2").is_err(), "the key of one gate is not that of another");
}

#[test]
fn one_process_holds_the_vault() {
    let bench = Bench::new();
    assert!(matches!(bench.open(), Err(Error::InUse(_))));
}

#[test]
fn a_key_that_others_can_read_opens_nothing() {
    let mut bench = Bench::new();
    bench.vault = None;
    let key = bench.folder.path().join("vault.key");
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(bench.open(), Err(Error::Unsafe { .. })));
}

#[test]
fn another_key_opens_nothing() {
    let mut bench = Bench::new();
    bench.put("scanner", "maint", "secret", Sharing::Refused).unwrap();
    bench.vault = None;
    std::fs::remove_file(bench.folder.path().join("vault.key")).unwrap();
    Vault::create_key(&bench.folder.path().join("vault.key")).unwrap();
    let vault = bench.reopen();
    assert!(matches!(vault.faults(), [Error::OtherKey(_)]));
    assert!(matches!(bench.lent("scanner"), Err(Error::OtherKey(_))));
}

#[test]
fn a_damaged_file_holds_up_its_own_equipment_only() {
    let mut bench = Bench::new();
    bench.put("scanner", "maint-1", "one", Sharing::Refused).unwrap();
    bench.put("imager", "maint-2", "two", Sharing::Refused).unwrap();
    let (one, other) =
        (bench.file("accounts/nord/scanner.sealed"), bench.file("accounts/nord/imager.sealed"));
    std::fs::copy(&one, &other).unwrap();
    let vault = bench.reopen();
    assert!(matches!(vault.faults(), [Error::Altered(path)] if *path == other));
    assert!(matches!(bench.lent("imager"), Err(Error::Altered(_))), "one equipment's file is not another's");
    assert!(bench.lent("scanner").is_ok());
}

#[test]
fn files_are_private_and_hold_nothing_in_clear() {
    let bench = Bench::new();
    bench.put("scanner", "visible-login", "plainly fictitious", Sharing::Refused).unwrap();
    bench.vault().put_codes(&person(), &Secret::new(b"12345678901234567890".to_vec())).unwrap();
    bench.vault().create_door_key("gate-1").unwrap();
    let files = every_file(&bench.folder.path().join("vault"));
    assert_eq!(files.len(), 4);
    for path in files {
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
        let bytes = std::fs::read(&path).unwrap();
        for word in [&b"plainly"[..], b"visible-login", b"1234567890", b"OPENSSH"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word), "{}", path.display());
        }
    }
    let folder = std::fs::metadata(bench.file("accounts/nord")).unwrap().permissions().mode() & 0o777;
    assert_eq!(folder, 0o700);
}

#[test]
fn nothing_secret_is_printed() {
    let bench = Bench::new();
    let secret = password("hunter2");
    assert!(!format!("{secret:?}").contains("hunter2"));
    assert!(format!("{:?}", bench.vault()).starts_with("Vault("));
    bench.put("scanner", "maint", "hunter2", Sharing::Refused).unwrap();
    let refused = bench.put("imager", "other", "hunter2", Sharing::Refused).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    let reader = ReaderKey::create(&bench.folder.path().join("rssi"), "rssi").unwrap();
    assert_eq!(format!("{reader:?}"), "ReaderKey(rssi)");
}

#[test]
fn a_version_counts_the_writings() {
    let bench = Bench::new();
    let path = bench.file("accounts/nord/scanner.sealed");
    let master = crate::master::Master::read(&bench.folder.path().join("vault.key")).unwrap();
    for (secret, expected) in [("one", 1), ("two", 2), ("three", 3)] {
        bench.put("scanner", "maint", secret, Sharing::Refused).unwrap();
        let sealed = std::fs::read(&path).unwrap();
        let opened = envelope::open(&master, Kind::Account, "scanner.nord", &path, &sealed).unwrap();
        assert_eq!(opened.version, expected);
    }
}

/// One secret after the other, each step taken again without harm, and never a moment without one that opens.
#[test]
fn a_secret_is_changed_step_by_step() {
    use crate::rotation::Change;
    use gate::ports::LentSecret;
    let mut bench = Bench::new();
    let word = |secret: &LentSecret| match secret {
        LentSecret::Password(secret) | LentSecret::Key(secret) => secret.expose().to_vec(),
        LentSecret::Certificate { .. } => panic!("a certificate"),
    };
    let first = bench.put("scanner", "maint", "hunter2", Sharing::Refused).unwrap().tag;
    let (nord, scanner) = (nord(), id("scanner"));
    let of = |bench: &Bench, login: &'static str| (bench.vault().clone(), login);
    let change = |(vault, login): &(Vault, &'static str), step: u8| -> Result<Vec<u8>, Error> {
        let change = Change { vault, establishment: &nord, equipment: &scanner, login };
        match step {
            0 => change.begin().map(|pair| {
                [word(&pair.former), vec![0], word(&pair.fresh), vec![u8::from(pair.proved)]].concat()
            }),
            1 => change.prove().map(|()| Vec::new()),
            _ => change.end().map(String::into_bytes),
        }
    };
    let step = |bench: &Bench, step| change(&of(bench, "maint"), step);
    // Nothing is proved or forgotten that was not begun.
    assert!(matches!(step(&bench, 1), Err(Error::StoredAnew { .. })));
    assert!(matches!(step(&bench, 2), Err(Error::StoredAnew { .. })));
    let begun = step(&bench, 0).unwrap();
    assert!(begun.starts_with(b"hunter2\0") && begun.ends_with(&[0]));
    let fresh = begun[8..begun.len() - 1].to_vec();
    assert_eq!(fresh.len(), 27, "{}", String::from_utf8_lossy(&fresh));
    // Again, and after a restart: the same two. The former one is lent still.
    bench.reopen();
    assert_eq!(step(&bench, 0).unwrap(), begun);
    assert_eq!(bench.lent("scanner").unwrap().1, b"hunter2");
    assert!(matches!(step(&bench, 2), Err(Error::StoredAnew { .. })), "not proved yet");
    assert!(matches!(change(&of(&bench, "other"), 1), Err(Error::OtherLogin { .. })));
    step(&bench, 1).unwrap();
    assert_eq!(bench.lent("scanner").unwrap().1, fresh);
    bench.reopen();
    let proved = step(&bench, 0).unwrap();
    assert!(proved.starts_with(b"hunter2\0") && proved.ends_with(&[1]));
    let tag = String::from_utf8(step(&bench, 2).unwrap()).unwrap();
    assert_ne!(tag, first);
    bench.reopen();
    assert_eq!(bench.vault().account(&nord, &scanner), Some(("maint".to_owned(), tag)));
    assert_eq!(bench.lent("scanner").unwrap().1, fresh);
    // What the operator stores meanwhile stays; but of two secrets of which one is in force, neither is forgotten because
    // he stores the other once more.
    let begun = step(&bench, 0).unwrap();
    for known in [fresh.as_slice(), &begun[fresh.len() + 1..begun.len() - 1]] {
        let known = String::from_utf8(known.to_vec()).unwrap();
        bench.put("scanner", "maint", &known, Sharing::Refused).unwrap();
        assert_eq!(step(&bench, 0).unwrap(), begun);
    }
    bench.put("scanner", "maint", "by hand", Sharing::Refused).unwrap();
    assert!(matches!(step(&bench, 1), Err(Error::StoredAnew { .. })));
    assert_eq!(bench.lent("scanner").unwrap().1, b"by hand");
    // A key is followed by a key.
    bench.vault().create_key_account(&nord, &scanner, "maint", Sharing::Refused).unwrap();
    assert!(step(&bench, 0).unwrap().windows(11).filter(|part| part == b"PRIVATE KEY").count() >= 4);
    bench.vault().put_account(&nord, &scanner, "maint", NewSecret::Certificate, Sharing::Refused).unwrap();
    assert!(matches!(step(&bench, 0), Err(Error::Invalid(_))), "a certificate is new for each login");
}

#[tokio::test]
async fn the_gate_is_answered_through_the_port() {
    use gate::ports::{CodeVerdict, Entropy as _, PortError, Vault as Port};
    let bench = Bench::new();
    let port: &dyn Port = bench.vault();
    bench.vault().put_codes(&person(), &Secret::new(b"12345678901234567890".to_vec())).unwrap();
    let now = Timestamp::from_secs(59);
    for (code, verdict) in
        [("000000", CodeVerdict::Wrong), ("287082", CodeVerdict::Right), ("287082", CodeVerdict::Wrong)]
    {
        assert_eq!(port.check_code(&person(), code, now).await.unwrap(), verdict, "{code}");
    }
    assert!(matches!(port.recording_key(&nord()), Err(PortError::Missing(_))), "nobody could read it");
    std::fs::write(bench.file("codes/a.martin.sealed"), "damaged").unwrap();
    assert!(matches!(port.check_code(&person(), "359152", now).await, Err(PortError::Failed(_))));
    for error in [Error::OtherLogin { owner: "a".into() }, Error::OtherForm { owner: "a".into() }] {
        assert!(matches!(PortError::from(error), PortError::Failed(_)), "nothing to try again");
    }
    let mut bytes = [0; 32];
    crate::SystemEntropy.fill(&mut bytes).unwrap();
    assert_ne!(bytes, [0; 32]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is kept, changed and removed, what is lent is what was kept last, and tags tell equal secrets.
    #[test]
    fn what_was_kept_last_is_lent(acts in proptest::collection::vec((0_u8..4, 0_u8..3), 1..12)) {
        let mut bench = Bench::new();
        let mut model = std::collections::BTreeMap::new();
        for (equipment, secret) in acts {
            let name = format!("equipment-{equipment}");
            if secret == 0 {
                let removed = bench.vault().remove_account(&nord(), &id(&name)).unwrap();
                prop_assert_eq!(removed, model.remove(&name).is_some());
                continue;
            }
            let secret = format!("secret {secret}");
            let placed = bench.put(&name, &name, &secret, Sharing::Recorded).unwrap();
            model.insert(name.clone(), secret.clone());
            let same = model.iter().filter(|(other, kept)| **other != name && **kept == secret).count();
            prop_assert_eq!(placed.secret_shared_with.len(), same);
        }
        bench.reopen();
        for (name, secret) in &model {
            prop_assert_eq!(bench.lent(name).unwrap(), (name.clone(), secret.clone().into_bytes()));
        }
        prop_assert!(bench.vault().faults().is_empty());
    }
}
