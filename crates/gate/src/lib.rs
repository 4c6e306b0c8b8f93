//! Stands here until its first story is written.
