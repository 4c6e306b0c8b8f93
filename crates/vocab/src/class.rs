//! How far a piece of data may travel.

/// The class of a field: who may see it in logs, exports and screens. What nobody classified is
/// [`Class::Secret`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Class {
    /// May be shown to anybody who may see that the event exists.
    Public,
    /// Only for the establishment and its auditors (a person's name, an address, a file name).
    Sensitive,
    /// Never leaves the place it is kept in.
    #[default]
    Secret,
}
