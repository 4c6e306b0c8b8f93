//! In its cage the program opens no file, no socket and no program. A process of its own: what is given up is gone for all of it.

#[path = "../src/cage.rs"]
mod cage;

use std::io::ErrorKind::PermissionDenied;

#[test]
fn nothing_is_opened() {
    std::fs::read("Cargo.toml").unwrap();
    cage::enter().unwrap();
    assert_eq!(std::fs::read("Cargo.toml").unwrap_err().kind(), PermissionDenied);
    assert_eq!(std::fs::write("cage.tmp", "x").unwrap_err().kind(), PermissionDenied);
    assert_eq!(std::net::TcpStream::connect("127.0.0.1:9").unwrap_err().kind(), PermissionDenied);
    assert_eq!(std::os::unix::net::UnixStream::connect("/tmp/x").unwrap_err().kind(), PermissionDenied);
    assert!(std::process::Command::new("true").status().is_err());
    // What it needs goes on: memory and threads.
    assert_eq!(std::thread::spawn(|| vec![1_u8; 1 << 20].len()).join().unwrap(), 1 << 20);
}
