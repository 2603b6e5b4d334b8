//! Runs classic BPF programs.
//!
//! # Source
//!
//! "The BSD Packet Filter: A New Architecture for User-level Packet Capture" (USENIX 1993), table 1; the codes as in libpcap's `pcap/bpf.h`.

/// How many instructions may run on one packet. Programs are straight down but for `protochain`, whose loop moves on by
/// at least eight bytes of the packet a turn.
const MAX_STEPS: usize = 1 << 20;
/// `BPF_MEMWORDS`.
const MEMORY_WORDS: usize = 16;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    code: u16,
    jump_true: u8,
    jump_false: u8,
    k: u32,
}

impl Instruction {
    /// Reads an instruction as `tcpdump -ddd` writes it: four decimal numbers.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_ascii_whitespace();
        let instruction = Self {
            code: fields.next()?.parse().ok()?,
            jump_true: fields.next()?.parse().ok()?,
            jump_false: fields.next()?.parse().ok()?,
            k: fields.next()?.parse().ok()?,
        };
        fields.next().is_none().then_some(instruction)
    }
}

/// What the machine remembers while it runs.
struct Machine<'a> {
    packet: &'a [u8],
    wire_len: u32,
    a: u32,
    x: u32,
    memory: [u32; MEMORY_WORDS],
}

/// Whether `program` accepts the packet. One that reads beyond the packet, divides by zero or leaves its own end does not.
pub(crate) fn accepts(program: &[Instruction], packet: &[u8], wire_len: u32) -> bool {
    let mut machine = Machine {
        packet,
        wire_len,
        a: 0,
        x: 0,
        memory: [0; MEMORY_WORDS],
    };
    machine.run(program).is_some_and(|taken| taken != 0)
}

impl Machine<'_> {
    /// How many bytes of the packet are taken; `None` where the program fails.
    fn run(&mut self, program: &[Instruction]) -> Option<u32> {
        let mut next = 0_usize;
        for _ in 0..MAX_STEPS {
            let instruction = *program.get(next)?;
            next += 1;
            let k = instruction.k;
            match instruction.code {
                // ld
                0x20 => self.a = self.word(k)?,
                0x28 => self.a = self.half(k)?,
                0x30 => self.a = self.byte(k)?,
                0x40 => self.a = self.word(self.x.checked_add(k)?)?,
                0x48 => self.a = self.half(self.x.checked_add(k)?)?,
                0x50 => self.a = self.byte(self.x.checked_add(k)?)?,
                0x80 => self.a = self.wire_len,
                0x00 => self.a = k,
                0x60 => self.a = *self.memory.get(k as usize)?,
                // ldx; 0xb1 is the length of an IPv4 header.
                0x01 => self.x = k,
                0x61 => self.x = *self.memory.get(k as usize)?,
                0x81 => self.x = self.wire_len,
                0xb1 => self.x = (self.byte(k)? & 0xf) << 2,
                // st, stx
                0x02 => *self.memory.get_mut(k as usize)? = self.a,
                0x03 => *self.memory.get_mut(k as usize)? = self.x,
                // jmp
                0x05 => next = next.checked_add_signed(k.cast_signed() as isize)?,
                code if code & 7 == 5 => {
                    let taken = self.compare(code, k)?;
                    next += usize::from(if taken {
                        instruction.jump_true
                    } else {
                        instruction.jump_false
                    });
                }
                // ret
                0x06 => return Some(k),
                0x16 => return Some(self.a),
                // misc: tax, txa
                0x07 => self.x = self.a,
                0x87 => self.a = self.x,
                code if code & 7 == 4 => self.a = self.calculate(code, k)?,
                _ => return None,
            }
        }
        None
    }

    fn operand(&self, code: u16, k: u32) -> u32 {
        if code & 0x08 == 0 { k } else { self.x }
    }

    fn compare(&self, code: u16, k: u32) -> Option<bool> {
        let operand = self.operand(code, k);
        match code & !0x0f {
            0x10 => Some(self.a == operand),
            0x20 => Some(self.a > operand),
            0x30 => Some(self.a >= operand),
            0x40 => Some(self.a & operand != 0),
            _ => None,
        }
    }

    fn calculate(&self, code: u16, k: u32) -> Option<u32> {
        let (a, operand) = (self.a, self.operand(code, k));
        Some(match code & !0x0f {
            0x00 => a.wrapping_add(operand),
            0x10 => a.wrapping_sub(operand),
            0x20 => a.wrapping_mul(operand),
            0x30 => a.checked_div(operand)?,
            0x40 => a | operand,
            0x50 => a & operand,
            // A shift by the whole width or more leaves nothing, as libpcap has it.
            0x60 => a.checked_shl(operand).unwrap_or(0),
            0x70 => a.checked_shr(operand).unwrap_or(0),
            0x80 => a.wrapping_neg(),
            0x90 => a.checked_rem(operand)?,
            0xa0 => a ^ operand,
            _ => return None,
        })
    }

    fn word(&self, at: u32) -> Option<u32> {
        Some(u32::from_be_bytes(
            *self.packet.get(at as usize..)?.first_chunk()?,
        ))
    }

    fn half(&self, at: u32) -> Option<u32> {
        Some(u16::from_be_bytes(*self.packet.get(at as usize..)?.first_chunk()?).into())
    }

    fn byte(&self, at: u32) -> Option<u32> {
        self.packet.get(at as usize).copied().map(u32::from)
    }
}

#[cfg(test)]
mod tests;
