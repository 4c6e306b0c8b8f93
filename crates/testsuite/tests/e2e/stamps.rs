//! Timestamps of the checkpoints by an authority that is `openssl ts`, honest and not; then everything verified with
//! openssl, with the script of the expert's manual, and with the real verifier.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::backup::{backup, bare, names, restore};
use crate::operators::get;
use crate::support::site::TECHNICIAN;
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, run, until};

/// What the authority answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answers {
    Honestly,
    /// To the question that was asked first of all, whatever is asked.
    AsBefore,
    /// With the key of another authority.
    Foreign,
    /// With a bit of the signature changed.
    Altered,
    /// That it will not.
    Refusing,
    /// More than any token has.
    Endlessly,
    /// With what is no answer of an authority.
    AsAPage,
    /// Half, and then nothing more.
    Half,
    /// Not at all.
    Never,
    /// That it is out of order.
    OutOfOrder,
}

struct Authority {
    port: u16,
    folder: PathBuf,
    answers: Arc<Mutex<Answers>>,
    over: Arc<AtomicBool>,
    hand: Option<JoinHandle<()>>,
}

impl Authority {
    fn start(world: &World) -> Self {
        let folder = world.path("authority");
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["ca", "other"] {
            openssl(
                &folder,
                &format!(
                    "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 2 -subj /CN=Racine-fictive-{name}"
                ),
            );
            openssl(
                &folder,
                &format!(
                    "req -new -newkey rsa:2048 -nodes -keyout {name}-tsa.key -out {name}-tsa.csr -subj /CN=Horloge-fictive"
                ),
            );
            std::fs::write(folder.join("ext"), "extendedKeyUsage = critical, timeStamping\n").unwrap();
            openssl(
                &folder,
                &format!(
                    "x509 -req -in {name}-tsa.csr -CA {name}.pem -CAkey {name}.key -CAcreateserial -days 2 -extfile ext -out {name}-tsa.pem"
                ),
            );
        }
        let conf = "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_digest = sha256\n\
                    default_policy = 1.3.6.1.4.1.32473.1\ndigests = sha256\ness_cert_id_alg = sha256\n";
        std::fs::write(folder.join("conf"), conf).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answers, over) = (Arc::new(Mutex::new(Answers::Honestly)), Arc::new(AtomicBool::new(false)));
        let hand = {
            let (folder, answers, over) = (folder.clone(), Arc::clone(&answers), Arc::clone(&over));
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    let how = *answers.lock().unwrap();
                    // Whoever goes away in the middle is told so by nobody.
                    let _gone = answer(stream.unwrap(), &folder, how);
                }
            })
        };
        Self { port, folder, answers, over, hand: Some(hand) }
    }

    fn answers(&self, how: Answers) {
        *self.answers.lock().unwrap() = how;
    }

    fn ca(&self) -> String {
        self.folder.join("ca.pem").display().to_string()
    }

    /// The section of the configuration.
    fn section(&self, more: &str) -> String {
        format!(
            "\n[timestamps]\nname = \"tsa-1\"\naddress = \"http://127.0.0.1:{}/tsr\"\nca = \"authority/ca.pem\"\n{more}\n",
            self.port
        )
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _woken = TcpStream::connect(("127.0.0.1", self.port));
        let _over = self.hand.take().map(JoinHandle::join);
    }
}

fn openssl(folder: &Path, words: &str) {
    let mut command = Command::new("openssl");
    command.args(words.split_whitespace()).current_dir(folder);
    finish(command, PATIENCE).exits(0);
}

/// Reads one question and answers it.
fn answer(mut stream: TcpStream, folder: &Path, how: Answers) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = Vec::new();
    let body = loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part)?;
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let end = request.windows(4).position(|part| part == b"\r\n\r\n");
        if let (Some(end), Some((_, after))) = (end, text.split_once("content-length: ")) {
            assert!(text.contains("content-type: application/timestamp-query"), "{text}");
            let length: usize = after.split("\r\n").next().unwrap().parse().unwrap();
            if request.len() >= end + 4 + length {
                break request[end + 4..].to_vec();
            }
        }
        if read == 0 {
            return Ok(());
        }
    };
    if how != Answers::AsBefore || !folder.join("query").exists() {
        std::fs::write(folder.join("query"), &body)?;
    }
    let by = if how == Answers::Foreign { "other" } else { "ca" };
    openssl(
        folder,
        &format!(
            "ts -reply -config conf -queryfile query -signer {by}-tsa.pem -inkey {by}-tsa.key -out reply"
        ),
    );
    let mut reply = std::fs::read(folder.join("reply"))?;
    let (mut status, mut kind) = ("200 OK", "application/timestamp-reply");
    match how {
        Answers::Altered => *reply.last_mut().unwrap() ^= 1,
        Answers::Refusing => reply = vec![0x30, 5, 0x30, 3, 2, 1, 2],
        Answers::Endlessly => reply = vec![0x30; 1_000_000],
        Answers::AsAPage => kind = "text/html",
        Answers::OutOfOrder => status = "503 Service Unavailable",
        Answers::Never => {
            // Until it goes away.
            let _gone = stream.read(&mut [0]);
            return Ok(());
        }
        _ => {}
    }
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        reply.len()
    );
    stream.write_all(head.as_bytes())?;
    let sent = if how == Answers::Half { reply.len() / 2 } else { reply.len() };
    stream.write_all(&reply[..sent])
}

/// Adds the section to the configuration, for the gate's next start.
fn add(world: &World, section: &str) {
    let config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    let config = config.split("\n[timestamps]").next().unwrap();
    std::fs::write(world.path("poterne.toml"), format!("{config}{section}")).unwrap();
}

/// An hour passes for whoever asks when the last timestamp was.
fn an_hour_later(world: &World) {
    for cursor in std::fs::read_dir(world.path("data/outbox/timestamps")).unwrap() {
        let file = std::fs::File::options().append(true).open(cursor.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(7_200)).unwrap();
    }
}

/// The script of the manual, on a folder of evidence.
fn manual(world: &World, evidence: &Path, more: &[&str]) -> Done {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py");
    let mut python = Command::new("/usr/bin/python3");
    python.arg("-B").arg(script).arg(evidence).arg("--key").arg(world.path("data/public/valbrume.keys"));
    finish(
        {
            python.args(more);
            python
        },
        PATIENCE,
    )
}

fn copy(world: &World, name: &str) -> PathBuf {
    let to = world.path(name);
    run("cp", &["-r", world.evidence().to_str().unwrap(), to.to_str().unwrap()]);
    to
}

/// The tokens beside the checkpoint, by size.
fn tokens(evidence: &Path) -> Vec<(u64, PathBuf)> {
    let names = std::fs::read_dir(evidence.join("timestamps")).into_iter().flatten().flatten();
    let paths = names.map(|name| name.path()).filter(|path| path.extension().is_some_and(|end| end == "tsr"));
    let mut all: Vec<_> =
        paths.map(|path| (path.file_stem().unwrap().to_str().unwrap().parse().unwrap(), path)).collect();
    all.sort();
    all
}

#[test]
fn what_an_authority_says_is_kept_and_verified_without_us() {
    let mut world = World::start();
    let authority = Authority::start(&world);
    add(&world, &authority.section("qualified = true\npolicy = \"1.3.6.1.4.1.32473.1\""));
    world.reopen();
    let first = world.traced("checkpoint-timestamped", 1).remove(0);
    assert_eq!(first["data"]["qualified"], true);
    assert_eq!(first["data"]["authority"], "tsa-1");
    assert!(get(world.metrics, "/healthz").contains("\nsandbox: whole\n"), "under the sandbox");
    assert!(get(world.metrics, "/healthz").contains("\ntimestamps tsa-1 valbrume: ok, "));
    world.poterne(&["status"]).exits(0).says("Horodatage par `tsa-1`, journal `valbrume`");
    world.intervention();
    world.client(TECHNICIAN).exec("echo one").exits(0);
    world.ended(1);

    // A gate that starts again asks only when an hour is over; then the session is covered too.
    world.kill_gate();
    world.open_door();
    assert_eq!(world.traced("checkpoint-timestamped", 1).len(), 1);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    an_hour_later(&world);
    world.open_door();
    world.traced("checkpoint-timestamped", 2);
    until("both are beside the checkpoint", PATIENCE, || tokens(&world.evidence()).len() == 2);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.traced("timestamps-missing", 0);
    world.traced("clock-contradicted", 0);

    let evidence = copy(&world, "copy");
    for (size, token) in tokens(&evidence) {
        let data = token.with_file_name(format!("{size}.checkpoint"));
        let mut verify = Command::new("openssl");
        verify.args(["ts", "-verify", "-token_in", "-in"]).arg(token).arg("-data").arg(data);
        finish(
            {
                verify.args(["-CAfile", &authority.ca()]);
                verify
            },
            PATIENCE,
        )
        .exits(0);
    }
    let ca = authority.ca();
    let by = ["--tsa-ca", &ca];
    world
        .verify(&evidence, &by)
        .exits(0)
        .says("Horodatages vérifiés 2")
        .says("selon CN=Horloge-fictive (déclarée qualifiée)")
        .says("Tout est entier.");
    world.verify(&evidence, &[]).exits(0).says("2 horodatages sont là et n'ont pas été vérifiés");
    let (site, entry) = (world.path("site.toml"), first["data"]["size"].to_string());
    let more = [&by[..], &["--document", site.to_str().unwrap(), "--entry", &entry]].concat();
    manual(&world, &evidence, &more)
        .exits(0)
        .says("Tout est entier.")
        .says("selon l'autorité")
        .says("checkpoint-timestamped");

    by_hand(&world, &evidence, "verify.md", "structure.keys");
    by_hand(&world, &evidence, "verify.en.md", "establishment.keys");
    tampered(&world, &authority, &evidence);
    goes_along(&mut world, &authority);
}

/// A pack names the timestamps and lays them beside it; a backup has them, and what was stamped last.
fn goes_along(world: &mut World, authority: &Authority) {
    let (out, beside) = (world.path("pack.json"), world.path("stamps"));
    let (out, beside) = (out.to_str().unwrap(), beside.to_str().unwrap());
    let asked = ["document", "pack", "scanner-tm", "--from", "2020-01-01 00:00", "--json", "--out", out];
    world.poterne(&[&asked[..], &["--with-timestamps", beside]].concat()).exits(0);
    let pack: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(out).unwrap()).unwrap();
    let listed = pack["body"]["stamps"]["listed"].as_array().unwrap();
    // The session and its end are covered by the second; the first covers none of its proofs.
    assert_eq!(listed.len(), 1, "{listed:?}");
    let (size, last) = (listed[0]["size"].as_u64().unwrap(), tokens(&world.evidence()).pop().unwrap().0);
    assert_eq!(
        (size, &listed[0]["qualified"], &listed[0]["authority"]),
        (last, &true.into(), &"tsa-1".into())
    );
    assert_eq!(pack["body"]["stamps"]["more"], 1);
    let here = world.path("stamps");
    let mut sums = Command::new("sha256sum");
    sums.args(["-c", "SHA256SUMS"]).current_dir(&here);
    finish(sums, PATIENCE).exits(0);
    let mut verify = Command::new("openssl");
    verify.current_dir(&here).args(["ts", "-verify", "-token_in", "-in", &format!("{size}.tsr")]);
    verify.args(["-data", &format!("{size}.checkpoint"), "-CAfile", &authority.ca()]);
    finish(verify, PATIENCE).exits(0);
    // What is there is never written over.
    std::fs::remove_file(out).unwrap();
    world.poterne(&[&asked[..], &["--with-timestamps", beside]].concat()).exits(1);

    let (evidence, cursors) = (world.evidence().join("timestamps"), world.path("data/outbox/timestamps"));
    let (stamped, cursor) = (names(&evidence), names(&cursors));
    let taken = backup(world, "along.age", &[]);
    bare(world, "former");
    restore(world, &taken).exits(0);
    assert_eq!((names(&evidence), names(&cursors)), (stamped, cursor));
    world.verify(&world.evidence(), &["--tsa-ca", &authority.ca()]).exits(0).says("Horodatages vérifiés 2");
}

/// What the manual has an expert type for the checkpoint's signature, typed.
fn by_hand(world: &World, evidence: &Path, manual: &str, keys: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(manual);
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let typed = blocks.into_iter().find(|block| block.contains("pkeyutl")).unwrap();
    let folder = world.path(&format!("by-hand-{manual}"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(world.path("data/public/valbrume.keys"), folder.join(keys)).unwrap();
    let mut note = std::fs::read(evidence.join("checkpoint")).unwrap();
    for status in [0, 1] {
        std::fs::write(folder.join("checkpoint"), &note).unwrap();
        let mut shell = Command::new("sh");
        finish(
            {
                shell.args(["-ec", typed]).current_dir(&folder);
                shell
            },
            PATIENCE,
        )
        .exits(status);
        // Another name of the log was never signed.
        note[0] ^= 1;
    }
}

/// The script's tree and proofs are those of the vectors, which are somebody else's again.
#[test]
fn the_script_proves_what_the_vectors_say() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let vectors = docs.join("formats/vectors/ledger");
    let text = format!(
        r##"
import sys
sys.path.insert(0, {docs:?})
import verify
leaves, raw, first = verify.log_of({log:?}, 300)
count = 0
for line in open({proofs:?}):
    words = line.split()
    if words[:1] == ["inclusion"]:
        index, size, path = int(words[1]), int(words[2]), [bytes.fromhex(word) for word in words[3:]]
        assert verify.inclusion(index, leaves[:size]) == path, line
        assert verify.root_by(path, index, size, leaves[index]) == verify.root_of(leaves[:size]), line
        if path:
            assert verify.root_by(path, index, size, bytes(32)) != verify.root_of(leaves[:size]), line
        count += 1
for line in open({roots:?}):
    if not line.startswith("#"):
        size, root = line.split()
        if int(size) <= 300:
            assert verify.root_of(leaves[:int(size)]).hex() == root, line
            count += 1
assert not verify.WRONG and first == 0 and len(raw) == 300
print(count)
"##,
        log = vectors.join("log-300"),
        proofs = vectors.join("proofs.txt"),
        roots = vectors.join("roots.txt"),
    );
    let mut python = Command::new("/usr/bin/python3");
    let done = finish(
        {
            python.args(["-B", "-c", &text]);
            python
        },
        PATIENCE,
    )
    .exits(0);
    assert!(done.out.trim().parse::<usize>().unwrap() > 20, "{}", done.out);
}

/// Each of the two verifiers finds each of these.
fn tampered(world: &World, authority: &Authority, evidence: &Path) {
    let ca = authority.ca();
    let other = authority.folder.join("other.pem").display().to_string();
    let found = |evidence: &Path, ca: &str| {
        let said = world.verify(evidence, &["--tsa-ca", ca]);
        assert_eq!(said.status, Some(1), "{}", said.said());
        manual(world, evidence, &["--tsa-ca", ca]).exits(1).says("Quelque chose ne va pas.");
        said
    };
    found(evidence, &other).says("ne mène pas à l'autorité");
    let (_, token) = tokens(evidence).remove(0);
    let (_, later) = tokens(evidence).remove(1);
    let honest = std::fs::read(&token).unwrap();
    let mut altered = honest.clone();
    *altered.last_mut().unwrap() ^= 1;
    std::fs::write(&token, &altered).unwrap();
    found(evidence, &ca).says("la signature de l'horodatage est fausse");
    std::fs::copy(&later, &token).unwrap();
    found(evidence, &ca).says("l'horodatage est celui d'autre chose");
    std::fs::write(&token, &honest).unwrap();
    world.verify(evidence, &["--tsa-ca", &ca]).exits(0);

    // Files of the log, of a recording: the script sees what the verifier sees.
    for (number, part) in ["tile/entries/", "tile/0/", "recordings/"].into_iter().enumerate() {
        let copy = copy(world, &format!("tampered-{number}"));
        let found_files = run("find", &[copy.to_str().unwrap(), "-type", "f", "-size", "+100c"]);
        let width = |path: &&str| path.rsplit('/').next().unwrap().parse::<u64>().unwrap_or(0);
        let path = found_files.lines().filter(|path| path.contains(part)).max_by_key(width).unwrap();
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
        found(&copy, &ca);
    }
    let document = world.path("poterne.toml");
    manual(world, evidence, &["--document", document.to_str().unwrap()])
        .exits(1)
        .says("n'est dans aucune trace");
}

#[test]
fn what_is_not_to_be_believed_is_told_and_not_kept() {
    let mut world = World::strangers(&["shell"]);
    let authority = Authority::start(&world);
    add(&world, &authority.section("timeout_seconds = 2\nmissing_minutes = 0"));
    for (how, why) in [
        (Answers::Never, "no answer in time"),
        (Answers::Half, "Unreachable"),
        (Answers::OutOfOrder, "503"),
        (Answers::AsAPage, "not an answer of an authority"),
        (Answers::Endlessly, "an answer of more than 32768 bytes"),
        (Answers::Refusing, "the authority refuses, with status 2"),
        (Answers::Altered, "the timestamp's signature is wrong"),
        (Answers::Foreign, "does not lead to the authority"),
        (Answers::AsBefore, "something else"),
    ] {
        authority.answers(how);
        world.reopen();
        until("it is told", PATIENCE, || world.log().contains(why));
        assert!(!world.log().contains("panicked"), "{}", world.log());
    }
    // Told once, whatever was tried and however often the gate started; nothing of it was kept.
    let missing = world.traced("timestamps-missing", 1).remove(0);
    assert_eq!(missing["data"]["why"], "unreachable");
    world.traced("checkpoint-timestamped", 0);
    assert!(tokens(&world.evidence()).is_empty());
    assert!(get(world.metrics, "/healthz").contains("\ntimestamps tsa-1 valbrume: none, "));
    assert!(get(world.metrics, "/metrics").contains("poterne_timestamps_given{"));
    world.poterne(&["status"]).exits(0).says("AUCUN depuis");
    authority.answers(Answers::Honestly);
    world.reopen();
    world.traced("checkpoint-timestamped", 1);
    world.traced("timestamps-back", 1);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.verify(&world.evidence(), &["--tsa-ca", &authority.ca()]).exits(0).says("non déclarée qualifiée");
}

/// Killed after it asked: the answer comes to nobody, nothing is half written, and the next start asks again.
#[test]
fn a_gate_that_dies_with_its_question_asks_again() {
    let mut world = World::strangers(&["shell"]);
    let authority = Authority::start(&world);
    authority.answers(Answers::Never);
    add(&world, &authority.section(""));
    world.reopen();
    until("it asks", PATIENCE, || authority.folder.join("query").exists());
    world.kill_gate();
    authority.answers(Answers::Honestly);
    world.open_door();
    world.traced("checkpoint-timestamped", 1);
    until("it is beside the checkpoint", PATIENCE, || tokens(&world.evidence()).len() == 1);
    world.kill_gate();
    world.open_door();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.traced("checkpoint-timestamped", 1);
    world.verify(&world.evidence(), &["--tsa-ca", &authority.ca()]).exits(0).says("Horodatages vérifiés 1");
}

#[test]
fn an_authority_that_cannot_be_one_opens_no_door() {
    let mut world = World::strangers(&["shell"]);
    let authority = Authority::start(&world);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    for (from, to, why) in [
        ("http://", "ftp://", "is no address of an authority"),
        ("http://", "https://", "needs `tls_ca`"),
        ("ca.pem", "none.pem", "none.pem"),
        ("ca.pem", "conf", "not a file of 1 to 64 certificates"),
        ("tsa-1", "Tsa 1", "ne peut nommer une autorité"),
        ("policy = \"1.2", "policy = \"x", "n'est pas une politique"),
        ("every_minutes = 60", "every_minutes = 0", "`every_minutes` va de 1 à 1440"),
        ("every_minutes = 60", "each = 60", "each"),
    ] {
        let section = authority.section("policy = \"1.2.3\"\nevery_minutes = 60").replace(from, to);
        add(&world, &section);
        assert!(!world.tries_door(), "{to}");
        assert_eq!(world.gate_ends(), Some(1));
        assert!(world.log().contains(why), "{why}: {}", world.log());
    }
    add(&world, "");
    world.open_door();
}
