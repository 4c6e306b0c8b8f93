//! The one guarded door.
fn main() {}
