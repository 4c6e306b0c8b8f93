//! The catalogue's own promises.

use super::Fact;

#[test]
fn numbers_and_codes_are_given_once_and_in_order() {
    assert!(Fact::ALL.is_sorted_by(|(one, _), (other, _)| one < other));
    let mut codes: Vec<&str> = Fact::ALL.iter().map(|(_, code)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Fact::ALL.len());
}
