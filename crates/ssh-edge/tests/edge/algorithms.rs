//! Algorithms: what the door offers, as clients and auditors see it.

use crate::support::client::finish;
use crate::support::run;
use crate::support::sshd::Sshd;
use crate::support::world::World;

/// What one proposal of the door's key exchange holds, as OpenSSH's client prints it.
fn proposed(log: &str, what: &str) -> String {
    let server = log.split("peer server KEXINIT proposal").nth(1).expect("the client prints proposals");
    let line = server.lines().find(|line| line.contains(what)).unwrap();
    line.split(": ").nth(2).unwrap_or_default().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_offers_what_the_house_decided() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().option("LogLevel=DEBUG2").run(&["true"]).await;
    let log = done.err.replace("\r\n", "\n");
    let check = |what: &str, expected: &str| assert_eq!(proposed(&log, what), expected, "{what}");
    check(
        "KEX algorithms",
        "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ext-info-s,kex-strict-s-v00@openssh.com",
    );
    check("host key algorithms", "ssh-ed25519");
    let ciphers = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr";
    check("ciphers ctos", ciphers);
    check("ciphers stoc", ciphers);
    check("MACs ctos", "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com");
    check("compression stoc", "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cipher_of_the_table_carries_a_session() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    for cipher in
        ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"]
    {
        let done =
            world.client().option(&format!("Ciphers={cipher}")).run(&["head -c 1000000 /dev/zero"]).await;
        assert_eq!((done.status, done.bytes.len()), (Some(0), 1_000_000), "{cipher}: {}", done.err);
        world.ending().await;
        assert_eq!(world.log.with(&["technician-leg", cipher]).len(), 1, "{cipher}");
    }
    for old in ["aes128-cbc", "aes128-ctr"] {
        let done = world.client().option(&format!("Ciphers={old}")).run(&["true"]).await;
        assert_eq!(done.status, Some(255), "{old}: {done:?}");
    }
}

/// Runs where `SSH_AUDIT` names the program (ssh-audit 3.9.0 of PyPI; Debian's is too old).
#[tokio::test(flavor = "multi_thread")]
async fn t5_ssh_audit_finds_no_failure() {
    let Some(program) = std::env::var_os("SSH_AUDIT") else { return };
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut command = tokio::process::Command::new(program);
    command.args(["--no-colors", "--skip-rate-test", "-p", &world.port.to_string(), "127.0.0.1"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let done = finish(command.spawn().unwrap()).await;
    println!("{}", done.out);
    assert!(done.out.contains("mlkem768x25519-sha256"), "{done:?}");
    assert!(!done.out.contains("[fail]"), "{}", done.out);
    for line in done.out.lines().filter(|line| line.contains("[warn]")) {
        assert!(line.contains("post-quantum"), "{line}");
    }
}

/// Runs where `PARAMIKO` names a Python that has paramiko 5 or later.
#[tokio::test(flavor = "multi_thread")]
async fn ml_kem_is_agreed_on_with_a_client_that_has_it() {
    let Some(python) = std::env::var_os("PARAMIKO") else { return };
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let script = format!(
        "import paramiko\n\
         # The other class of it asks for the service again before the second factor, which the library ignores.\n\
         t = paramiko.ServiceRequestingTransport(('127.0.0.1', {}))\n\
         t.start_client()\n\
         user = 'a.martin+scanner'\n\
         print(t.auth_publickey(user, paramiko.Ed25519Key.from_private_key_file('{}')))\n\
         t.auth_interactive(user, lambda title, text, asked: ['424242' for _ in asked])\n\
         c = t.open_session()\n\
         c.exec_command('echo from paramiko')\n\
         print(c.makefile().read().decode(), c.recv_exit_status())\n\
         t.close()\n",
        world.port,
        world.folder.path().join("id").display(),
    );
    let file = world.folder.path().join("client.py");
    std::fs::write(&file, script).unwrap();
    let python = python.into_string().unwrap();
    let out = tokio::task::spawn_blocking(move || run(&python, &[file.to_str().unwrap()])).await.unwrap();
    assert!(out.contains("keyboard-interactive") && out.contains("from paramiko"), "{out}");
    world.ending().await;
    assert_eq!(
        world.log.with(&["technician-leg", "mlkem768x25519-sha256"]).len(),
        1,
        "{:#?}",
        world.log.texts()
    );
}
