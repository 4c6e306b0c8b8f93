//! How the bytes of one channel are accounted for.

/// The bytes of one direction.
///
/// INVARIANT: `received == released + refused + consumed + held` after every step. What the socket carried onwards
/// is `released + generated`, but for uploads that were held: what came in with them counts as released once they
/// went on, and went on in requests of the gate's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Handed to the tap.
    pub received: u64,
    /// Parsed and forwarded. A value that the gate lowered in place (protocol version, limits) counts
    /// here, because its length did not change.
    pub released: u64,
    /// Parsed and not forwarded: refused requests with their payload, extensions taken out of the
    /// server's list, everything after a violation, and an unfinished packet at the end of the channel.
    pub refused: u64,
    /// Answers of the equipment to the gate's own requests: read, and gone no further.
    pub consumed: u64,
    /// Not decided yet: the beginning of a packet or record whose rest has not come, and uploads that are held.
    /// Zero after [`crate::Tap::finish`].
    pub held: u64,
    /// Made by the gate in this direction (its answers to requests that stopped here, its own requests); received
    /// from nobody.
    pub generated: u64,
}

/// The bytes of one channel, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// From the client towards the equipment.
    pub inward: Flow,
    /// From the equipment towards the client.
    pub outward: Flow,
}
