//! For the gate's ports in memory. Empty so far: they live in the tests of `ssh-edge`, and move here when a
//! second crate tests with them (`docs/progress.md`).
