//! The vault's key for two of three: at a table, away from the gate, by whoever has the key file in his hand.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use vault::age::{Identity, Recipient};
use vault::pieces;

use crate::cli::{Join, Split};
use crate::texts::{Because as _, from_vault, say};

/// One file for each pair of holders, and a note of what they are.
pub(super) fn split(asked: &Split) -> anyhow::Result<()> {
    let file = asked.holders.display();
    let text = std::fs::read_to_string(&asked.holders).because("recipients_read", &[&file])?;
    let least = *pieces::HOLDERS.start();
    let holders = from_vault(Recipient::read_all(&text, least)).because("recipients_in", &[&file])?;
    let split = from_vault(pieces::split(&asked.key, &holders)).because("vault_key", &[])?;
    let id = from_vault(pieces::key_id(&asked.key))?;
    let mut note = format!("{}\n", say("keys_note", &[&id]));
    for (number, holder) in (1..).zip(&holders) {
        note.push_str(&format!("{number}  {}\n", holder.line()));
    }
    for piece in &split {
        let (one, other) = piece.pair;
        let name = format!("vault-key-{id}.{one}+{other}.age");
        put(&asked.to.join(&name), &piece.sealed)?;
        note.push_str(&format!("age -d -i {one}.key {name} | age -d -i {other}.key > vault.key\n"));
    }
    put(&asked.to.join(format!("vault-key-{id}.txt")), note.as_bytes())?;
    print!("{note}");
    println!("{}", say("keys_split", &[&split.len(), &asked.to.display()]));
    Ok(())
}

/// The vault's key again, by two of the holders.
pub(super) fn join(asked: &Join) -> anyhow::Result<()> {
    let name: [&dyn std::fmt::Display; 1] = [&asked.piece.display()];
    let piece = std::fs::read(&asked.piece).because("file_read", &name)?;
    let [one, other] = asked.keys.as_slice() else { anyhow::bail!(say("keys_two", &[])) };
    let holder = |key: &Path| from_vault(Identity::read(key)).because("reader_key", &[]);
    let key = from_vault(pieces::join(&piece, &holder(one)?, &holder(other)?))?;
    from_vault(pieces::put(&asked.to, &key)).because("vault_key", &[])?;
    let id = from_vault(pieces::key_id(&asked.to))?;
    println!("{}", say("keys_joined", &[&id, &asked.to.display()]));
    Ok(())
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.because("file_write", &[&path.display()])
}
