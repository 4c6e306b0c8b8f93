//! Mail at a real relay: aiosmtpd with STARTTLS and a login.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::operators::get;
use crate::support::site::{BENEFICIARY, REQUESTER, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, free_port, listens, until};

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata").join(name)
}

/// The relay; ended by its process id when dropped.
struct Relay {
    child: Child,
    port: u16,
    out: PathBuf,
}

impl Relay {
    fn start(world: &World, security: &str, port: u16) -> Self {
        let out = world.path("mails");
        std::fs::create_dir_all(&out).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/tools/relay.py");
        let child = Command::new("/usr/bin/python3")
            .arg(script)
            .args([security, &port.to_string()])
            .args([certificate("receiver.pem"), certificate("receiver.key"), out.clone()])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(world.path("relay.log")).unwrap())
            .spawn()
            .unwrap();
        until("the relay listens", PATIENCE, || listens(port));
        Self { child, port, out }
    }

    /// What it took: each mail whole, by recipient and subject.
    fn taken(&self) -> Vec<String> {
        let mut all: Vec<PathBuf> = std::fs::read_dir(&self.out)
            .unwrap()
            .map(|one| one.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "mail"))
            .collect();
        all.sort();
        all.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    #[track_caller]
    fn takes(&self, words: &[&str]) -> String {
        let found = || self.taken().into_iter().find(|mail| words.iter().all(|word| mail.contains(word)));
        until(&format!("a mail says {words:?}"), PATIENCE, || found().is_some());
        found().unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn configure(world: &World, port: u16, security: &str, more: &str) {
    let account = world.path("account");
    std::fs::write(&account, "porte\nmot-de-passe-fictif\n").unwrap();
    std::fs::set_permissions(&account, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    config.push_str(&format!(
        "\n[mail]\nrelay = \"127.0.0.1:{port}\"\nserver_name = \"siem.exemple.invalid\"\nsecurity = \"{security}\"\n\
         ca = \"{}\"\nfrom = \"porte@valbrume.exemple\"\naccount = \"account\"\n{more}\n",
        certificate("ca.pem").display()
    ));
    std::fs::write(world.path("poterne.toml"), config).unwrap();
}

/// The beneficiary has an address from now on.
fn addressed(world: &World) {
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let person = format!("id = \"{BENEFICIARY}\"");
    std::fs::write(
        &site,
        text.replacen(&person, &format!("{person}\nemail = \"leroy@valbrume.exemple\""), 1),
    )
    .unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0).says("leroy@valbrume.exemple");
}

#[test]
fn those_whom_it_concerns_are_told_in_words_that_can_be_edited() {
    let mut world = World::start();
    addressed(&world);
    let texts = world.path("texts");
    world.asked(&["mail", "texts", texts.to_str().unwrap()]).exits(0).says("26 textes");
    std::fs::write(
        texts.join("request.fr.txt"),
        "À vous : {intervention}\n\n{requester} demande : {objective}\n",
    )
    .unwrap();
    let port = free_port();
    // The relay is not there yet: the mail waits for it, over a start too.
    configure(&world, port, "starttls", "texts = \"texts\"");
    world.reopen();
    world.says(REQUESTER, "request scanner-tm --out 'journaux' 'Panne fictive'").exits(0);
    until("it waits", PATIENCE, || get(world.metrics, "/metrics").contains("\npoterne_mail_waiting 1\n"));
    world.kill_gate();
    world.open_door();
    let relay = Relay::start(&world, "starttls", port);
    let asked = relay.takes(&["leroy@valbrume.exemple", "À vous : i-1", "c.morel demande : Panne fictive"]);
    assert!(asked.contains("tls: TLSv1.3") && asked.contains("login: porte"), "{asked}");
    world.says(BENEFICIARY, "approve i-1").exits(0);
    world.says(BENEFICIARY, "check i-1 sauvegarde 'Sauvegarde de la nuit'").exits(0);
    world.client(TECHNICIAN).exec("true").exits(0);
    relay.takes(&["Session ouverte sur scanner-1 (i-1)", "a.durand (scanfab)"]);
    relay.takes(&["Session terminée (i-1)", "(finished)"]);
    // Each once, whatever was killed; and the password is nowhere.
    assert_eq!(relay.taken().len(), 3, "{:#?}", relay.taken());
    assert!(!world.log().contains("mot-de-passe-fictif"));
    world.poterne(&["status"]).exits(0).says("Courrier : 0 en attente, 0 abandonnés");

    // What expires, for the operator and at the door.
    world.poterne(&["deadlines"]).exits(0).says("Centre hospitalier de Valbrume (fictif)");
    world.says(BENEFICIARY, "deadlines").exits(0).says("Valbrume");
    world.says(TECHNICIAN, "deadlines").exits(1).says("ne vous revient pas");
    let json = world.poterne(&["deadlines", "--json"]).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["establishment"], "valbrume");
}

#[test]
fn a_relay_that_does_not_encrypt_or_is_another_gets_nothing() {
    let mut world = World::start();
    addressed(&world);
    let port = free_port();
    let relay = Relay::start(&world, "plain", port);
    configure(&world, port, "starttls", "");
    world.reopen();
    world.says(REQUESTER, "request scanner-tm 'Panne fictive'").exits(0);
    until("it is refused", PATIENCE, || {
        world.log().contains("A mail is not taken") || world.log().contains("given up")
    });
    assert!(relay.taken().is_empty());
    drop(relay);

    // Now with TLS, under a name that its certificate does not have.
    let config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    std::fs::write(
        world.path("poterne.toml"),
        config.replace("siem.exemple.invalid", "ailleurs.exemple.invalid"),
    )
    .unwrap();
    let relay = Relay::start(&world, "starttls", port);
    world.reopen();
    until("it is refused", PATIENCE, || world.log().contains("not valid for name"));
    assert!(relay.taken().is_empty());
    assert_eq!(relay.port, port);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));

    // A text that cannot be filled in opens no door, nor does a password that others read.
    std::fs::create_dir(world.path("texts")).unwrap();
    std::fs::write(world.path("texts/end.fr.txt"), "Fin de {salaire}\n\nx\n").unwrap();
    std::fs::write(world.path("poterne.toml"), format!("{config}texts = \"texts\"\n")).unwrap();
    assert!(!world.tries_door());
    assert!(world.log().contains("`{salaire}` is no gap of this text"), "{}", world.log());
    std::fs::write(world.path("poterne.toml"), &config).unwrap();
    std::fs::set_permissions(world.path("account"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    assert!(!world.tries_door());
    assert!(world.log().contains("others may read it"), "{}", world.log());
}
