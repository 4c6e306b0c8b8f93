//! What an auditor runs.
fn main() {}
