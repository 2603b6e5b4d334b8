//! Which detection module looks at which flow, and for how many flows each has room.

use std::num::NonZeroU32;

use nfstream_flow::FlowKey;

use crate::NdpiError;
use crate::ffi::Module;
use crate::recipe::Recipe;

/// Detection modules, all made in the same way: all that flows are spread over, or a run of them.
#[derive(Debug)]
pub(crate) struct Modules {
    /// How many there are, here and in other parts.
    count: NonZeroU32,
    /// How many of them stand before the first one here.
    before: u32,
    here: Vec<Seat>,
}

/// A module, and how many more flows it can look into.
#[derive(Debug)]
struct Seat {
    module: Module,
    room: u32,
}

impl Modules {
    /// So many modules, each with room for so many flows.
    pub(crate) fn new(recipe: &Recipe, count: NonZeroU32, room: u32) -> Result<Self, NdpiError> {
        let seats = (0..count.get()).map(|_| {
            let module = recipe.module()?;
            Ok(Seat { module, room })
        });
        Ok(Self {
            count,
            before: 0,
            here: seats.collect::<Result<_, _>>()?,
        })
    }

    /// Into how many parts they can be shared out: a part is not shared out again.
    pub(crate) fn max_parts(&self) -> NonZeroU32 {
        if self.here.len() == self.count.get() as usize {
            self.count
        } else {
            NonZeroU32::MIN
        }
    }

    /// Shares them out into at most [`max_parts`](Self::max_parts) parts.
    pub(crate) fn share_out(self, parts: NonZeroU32) -> impl Iterator<Item = Self> {
        let Self { count, here, .. } = self;
        let mut seats = (0..count.get()).zip(here).peekable();
        (0..parts.get()).map(move |part| {
            let is_ours = |number| FlowKey::part_of_shard(number, count, parts) == part;
            let before = seats.peek().map_or(0, |(number, _)| *number);
            let here = std::iter::from_fn(|| seats.next_if(|(number, _)| is_ours(*number)));
            Self {
                count,
                before,
                here: here.map(|(_, seat)| seat).collect(),
            }
        })
    }

    /// Takes room for a flow: the place of the module that looks at it, if that has room. A flow of another part is looked at
    /// by one of the modules here.
    pub(crate) fn take_room(&mut self, key: &FlowKey) -> Option<u32> {
        let here = u32::try_from(self.here.len()).ok()?;
        let shard = key.shard(self.count);
        let place = match shard.checked_sub(self.before) {
            Some(place) if place < here => place,
            _ => shard.checked_rem(here)?,
        };
        let seat = self.here.get_mut(place as usize)?;
        seat.room = seat.room.checked_sub(1)?;
        Some(place)
    }

    /// Gives the room of a flow back to the module at this place.
    pub(crate) fn give_room_back(&mut self, place: u32) {
        if let Some(seat) = self.here.get_mut(place as usize) {
            seat.room += 1;
        }
    }

    /// The module at this place.
    pub(crate) fn get_mut(&mut self, place: u32) -> Option<&mut Module> {
        let seat = self.here.get_mut(place as usize)?;
        Some(&mut seat.module)
    }

    /// One of them: names are the same in all.
    pub(crate) fn first(&self) -> Option<&Module> {
        Some(&self.here.first()?.module)
    }
}
