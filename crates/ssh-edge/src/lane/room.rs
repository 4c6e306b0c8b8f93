//! Where lanes put large pieces: in rooms that are used again once nobody holds a piece of them. A fresh allocation for
//! each packet of a transfer is given back to the kernel and zeroed by it, again and again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;

use crate::limits::PIECE;

/// Smaller pieces (keys, screens) are allocated by themselves, and put together: a session at a prompt has no room. What is
/// in a room does not grow: it would be moved out, into eight times what it holds.
pub(super) const LARGE: usize = PIECE / 4;
/// Eight packets.
const ROOM: usize = 8 * PIECE;
/// Rooms that the process keeps: 4 MiB, some four transfers at once. Others allocate.
const KEPT: usize = 16;

/// The rooms of the process that no lane fills just now.
pub(super) static SHELF: Shelf = Shelf(Mutex::new(VecDeque::new()));

pub(super) struct Shelf(Mutex<VecDeque<BytesMut>>);

impl Shelf {
    /// A room in which there is nothing.
    fn take(&self) -> BytesMut {
        let mut rooms = self.locked();
        // The one that was used last is nearest to the processor.
        let free = rooms.iter_mut().rposition(|room| room.try_reclaim(ROOM));
        let room = free.and_then(|at| rooms.remove(at));
        drop(rooms);
        room.unwrap_or_else(|| BytesMut::with_capacity(ROOM))
    }

    fn put(&self, room: BytesMut) {
        let mut rooms = self.locked();
        rooms.push_back(room);
        if rooms.len() > KEPT {
            rooms.pop_front();
        }
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<BytesMut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room that a lane fills just now.
#[derive(Default)]
pub(super) struct Room(Option<BytesMut>);

impl Room {
    /// A copy of these bytes.
    pub(super) fn piece(&mut self, bytes: &[u8], shelf: &Shelf) -> BytesMut {
        if bytes.len() < LARGE || bytes.len() > ROOM {
            return BytesMut::from(bytes);
        }
        if self.0.as_ref().is_some_and(|room| room.capacity() < bytes.len()) {
            self.leave(shelf);
        }
        let room = self.0.get_or_insert_with(|| shelf.take());
        room.extend_from_slice(bytes);
        room.split()
    }

    /// Nothing comes for a while: somebody else may have it.
    pub(super) fn leave(&mut self, shelf: &Shelf) {
        if let Some(room) = self.0.take() {
            shelf.put(room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn shelf() -> Shelf {
        Shelf(Mutex::default())
    }

    #[test]
    fn rooms_are_used_again_once_nobody_holds_a_piece_of_them() {
        for leaves in [false, true] {
            let (shelf, mut room) = (shelf(), Room::default());
            let (mut on_the_way, mut places) = (VecDeque::new(), BTreeSet::new());
            for number in 0..=255_u8 {
                let piece = room.piece(&vec![number; PIECE], &shelf);
                places.insert(piece.as_ptr().addr());
                on_the_way.push_back((number, piece.freeze()));
                if on_the_way.len() > 8 {
                    let (number, piece) = on_the_way.pop_front().unwrap();
                    assert!(piece.len() == PIECE && piece.iter().all(|byte| *byte == number));
                }
                if leaves {
                    room.leave(&shelf);
                }
            }
            assert!(places.len() <= 3 * 8, "{}", places.len());
        }
    }

    /// Whoever holds everything loses nothing, and no more is kept than the shelf has room for.
    #[test]
    fn what_is_held_is_not_written_over() {
        let (shelf, mut rooms) = (shelf(), [Room::default(), Room::default()]);
        let sizes = [1, LARGE - 1, LARGE, PIECE, PIECE + 1, ROOM, ROOM + 1];
        let made = |number: usize| vec![number as u8; sizes[number % sizes.len()]];
        let held: Vec<_> = (0..250).map(|number| rooms[number % 2].piece(&made(number), &shelf)).collect();
        assert!(held.iter().enumerate().all(|(number, piece)| *piece == made(number)));
        assert_eq!(shelf.locked().len(), KEPT);
        let again: Vec<_> = (0..250).map(|number| rooms[number % 2].piece(&made(number), &shelf)).collect();
        assert_eq!(held, again);
    }
}
