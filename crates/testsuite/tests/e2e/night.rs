//! Three in the morning: the window is closed, whoever decides is at home with a telephone and a printed sheet, and no
//! directory, mail or Internet is asked for anything. From the call to the open session with two people.

use std::time::Instant;

use crate::support::site::{BENEFICIARY, MANAGER, REQUESTER, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, run};

/// Codes of the sheet that a person draws by day, in the order of their numbers.
fn sheet(world: &World, person: &str) -> Vec<String> {
    let drawn = world.says(person, "sheet").exits(0).out;
    let code = |line: &str| {
        let (number, code) = line.trim().split_once("   ")?;
        number.parse::<u32>().ok().map(|_| code.trim().to_owned())
    };
    let codes: Vec<String> = drawn.lines().filter_map(code).collect();
    assert_eq!(codes.len(), 20, "{drawn}");
    codes
}

/// The window of the service opens in three days only.
fn closed_tonight(world: &World) {
    let day = run("date", &["-u", "-d", "+3 days", "+%a"]).trim().to_lowercase();
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let night = text.replace("mon-sun 00:00-24:00", &format!("{day} 08:00-18:00"));
    assert_ne!(text, night);
    std::fs::write(&site, night).unwrap();
    let mut apply = world.command(&["apply", site.to_str().unwrap(), "--yes"]);
    apply.env("LC_ALL", "C.UTF-8");
    finish(apply, PATIENCE).exits(0);
}

/// One login that carries several commands, as OpenSSH's client shares it.
struct Desk<'a> {
    world: &'a World,
    person: &'static str,
    path: String,
}

impl<'a> Desk<'a> {
    fn sits(world: &'a World, person: &'static str) -> Self {
        let path = format!("-oControlPath={}", world.path(&format!("{person}.mux")).display());
        let desk = Self { world, person, path };
        let client = world
            .client(person)
            .option("-oControlMaster=yes")
            .option("-oControlPersist=60")
            .option(&desk.path);
        client.command("whoami").exits(0);
        desk
    }

    fn says(&self, line: &str) -> Done {
        let target = format!("{}@127.0.0.1", self.person);
        let mut ssh = std::process::Command::new("ssh");
        ssh.args(["-F", "/dev/null", &self.path, "-p", &self.world.door().to_string(), &target, line]);
        finish(ssh, PATIENCE)
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        let mut leave = std::process::Command::new("ssh");
        leave.args(["-F", "/dev/null", "-O", "exit", &self.path, &format!("{}@127.0.0.1", self.person)]);
        let _left = leave.stderr(std::process::Stdio::null()).status();
    }
}

#[test]
fn from_the_call_to_the_open_session_with_two_people() {
    let world = World::start();
    // By day, long before: whoever is on call draws a sheet, prints it and takes it home.
    let codes = sheet(&world, BENEFICIARY);
    closed_tonight(&world);

    let called = Instant::now();
    let desk = Desk::sits(&world, REQUESTER);
    desk.says("request scanner-tm 'Panne de nuit, scanner arrêté'").exits(0).says("i-1");
    desk.says("exception i-1 2h 'Deux patients attendent'").exits(0);
    // Nothing is open before the other one has agreed, and the one who asks does not agree for him.
    world.client(TECHNICIAN).exec("echo in").exits(254).says("O3");
    desk.says(&format!("grant i-1 {REQUESTER} 2h")).exits(1);
    let acts = [
        "approve i-1".to_owned(),
        "check i-1 sauvegarde 'Sauvegarde de 22 h'".to_owned(),
        format!("grant i-1 {REQUESTER} 2h"),
    ];
    for (number, act) in (1..).zip(&acts) {
        desk.says(&format!("voice {BENEFICIARY} {act}")).exits(0).says(&format!("n° {number} "));
        // The telephone: the act is read out, the code is read back.
        let code = &codes[number - 1];
        desk.says(&format!("voice {BENEFICIARY} {number}:{code} {act}")).exits(0);
    }
    world.client(TECHNICIAN).exec("echo in").exits(0).says("in");
    let took = called.elapsed();
    println!("from the call to the open session: {:.1} s, without what people say", took.as_secs_f64());

    world.ended(1);
    let agreed = world.traced("voice-agreed", 3);
    assert!(
        agreed
            .iter()
            .all(|one| one["by"] == format!("person:{REQUESTER}") && one["data"]["person"] == BENEFICIARY)
    );
    let granted = world.traced("exception-granted", 1);
    assert_eq!(granted[0]["by"], format!("person:{BENEFICIARY}"));
    // No code is written down anywhere.
    let told = format!("{:?}{}", world.ledger(), world.log());
    for code in &codes {
        assert!(!told.contains(code) && !told.contains(&code.replace('-', "")));
    }
}

#[test]
fn no_code_opens_twice_and_none_is_relayed_by_the_providers_side() {
    let mut world = World::start();
    world.says(REQUESTER, "request scanner-tm 'Panne'").exits(0);
    let codes = sheet(&world, BENEFICIARY);
    let approve = |number: usize| format!("voice {BENEFICIARY} {number}:{} approve i-1", codes[number - 1]);
    world.says(MANAGER, &approve(1)).exits(1);
    // The gate dies right after the code was taken: it is burnt, and what was acknowledged stands.
    world.says(SECURITY, &approve(1)).exits(0);
    world.kill_gate();
    world.open_door();
    world.says(SECURITY, &approve(1)).exits(1).says("n° 1");
    world.says(REQUESTER, "show i-1").exits(0).says("approuvée");
    // A new sheet makes the former one void.
    let fresh = sheet(&world, BENEFICIARY);
    world.says(SECURITY, &format!("voice {BENEFICIARY} 2:{} check i-1 sauvegarde 'vu'", codes[1])).exits(1);
    world.says(REQUESTER, &format!("voice {BENEFICIARY} 2:{} check i-1 sauvegarde 'vu'", fresh[1])).exits(0);
    // One that is drawn in place of a second factor that counts no more is worth nothing.
    world.enrol(BENEFICIARY);
    world
        .says(SECURITY, &format!("voice {BENEFICIARY} 3:{} check i-1 sauvegarde 'encore'", fresh[2]))
        .exits(1)
        .says("ne peut pas accorder");
}
