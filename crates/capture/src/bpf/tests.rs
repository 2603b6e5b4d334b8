use super::*;

fn program(instructions: &[(u16, u8, u8, u32)]) -> Vec<Instruction> {
    instructions
        .iter()
        .map(|&(code, jump_true, jump_false, k)| Instruction {
            code,
            jump_true,
            jump_false,
            k,
        })
        .collect()
}

/// What A holds behind the instructions, over the packet 1, 2, ... 8 of 100 bytes.
fn a(instructions: &[(u16, u8, u8, u32)]) -> Option<u32> {
    let mut program = program(instructions);
    program.extend(self::program(&[(0x16, 0, 0, 0)]));
    let mut machine = Machine {
        packet: &[1, 2, 3, 4, 5, 6, 7, 8],
        wire_len: 100,
        a: 0,
        x: 0,
        memory: [0; MEMORY_WORDS],
    };
    machine.run(&program)
}

const A: u16 = 0x00;
const X: u16 = 0x01;

#[test]
fn text_is_four_numbers() {
    let expected = program(&[(40, 0, 1, 12)]);
    assert_eq!(Instruction::parse("40 0 1 12"), expected.first().copied());
    for wrong in ["", "40 0 1", "40 0 1 12 3", "40 0 256 1", "a b c d"] {
        assert_eq!(Instruction::parse(wrong), None);
    }
}

#[test]
fn loads() {
    assert_eq!(a(&[(0x20, 0, 0, 4)]), Some(0x0506_0708));
    assert_eq!(a(&[(0x28, 0, 0, 6)]), Some(0x0708));
    assert_eq!(a(&[(0x30, 0, 0, 7)]), Some(8));
    assert_eq!(a(&[(X, 0, 0, 2), (0x40, 0, 0, 1)]), Some(0x0405_0607));
    assert_eq!(a(&[(X, 0, 0, 2), (0x48, 0, 0, 1)]), Some(0x0405));
    assert_eq!(a(&[(X, 0, 0, 2), (0x50, 0, 0, 1)]), Some(4));
    assert_eq!(a(&[(0x80, 0, 0, 0)]), Some(100));
    assert_eq!(a(&[(0xb1, 0, 0, 4), (0x87, 0, 0, 0)]), Some(20));
    assert_eq!(
        a(&[(A, 0, 0, 9), (0x02, 0, 0, 3), (A, 0, 0, 1), (0x60, 0, 0, 3)]),
        Some(9)
    );
    assert_eq!(
        a(&[
            (X, 0, 0, 9),
            (0x03, 0, 0, 3),
            (0x61, 0, 0, 3),
            (0x87, 0, 0, 0)
        ]),
        Some(9)
    );
}

#[test]
fn loads_beyond_the_packet_fail() {
    for instruction in [
        (0x20, 0, 0, 5),
        (0x28, 0, 0, 7),
        (0x30, 0, 0, 8),
        (0xb1, 0, 0, 8),
        (0x30, 0, 0, u32::MAX),
    ] {
        assert_eq!(a(&[instruction]), None);
    }
    assert_eq!(a(&[(X, 0, 0, u32::MAX), (0x50, 0, 0, 1)]), None);
    assert_eq!(a(&[(0x60, 0, 0, 16)]), None);
}

#[test]
fn arithmetic() {
    let with = |code, k| a(&[(A, 0, 0, 12), (code, 0, 0, k)]);
    assert_eq!(with(0x04, u32::MAX), Some(11));
    assert_eq!(with(0x14, 13), Some(u32::MAX));
    assert_eq!(with(0x24, 3), Some(36));
    assert_eq!(with(0x34, 5), Some(2));
    assert_eq!(with(0x34, 0), None);
    assert_eq!(with(0x44, 3), Some(15));
    assert_eq!(with(0x54, 6), Some(4));
    assert_eq!(with(0x64, 2), Some(48));
    assert_eq!(with(0x64, 32), Some(0));
    assert_eq!(with(0x74, 2), Some(3));
    assert_eq!(with(0x84, 0), Some(0_u32.wrapping_sub(12)));
    assert_eq!(with(0x94, 5), Some(2));
    assert_eq!(with(0xa4, 6), Some(10));
    assert_eq!(a(&[(A, 0, 0, 12), (X, 0, 0, 5), (0x1c, 0, 0, 0)]), Some(7));
}

#[test]
fn jumps() {
    let taken = |code, k| a(&[(A, 0, 0, 12), (code, 1, 0, k), (0x06, 0, 0, 0)]) == Some(12);
    assert!(taken(0x15, 12) && !taken(0x15, 13));
    assert!(taken(0x25, 11) && !taken(0x25, 12));
    assert!(taken(0x35, 12) && !taken(0x35, 13));
    assert!(taken(0x45, 4) && !taken(0x45, 3));
    assert_eq!(
        a(&[(0x05, 0, 0, 1), (0x06, 0, 0, 0), (A, 0, 0, 3)]),
        Some(3)
    );
    assert_eq!(a(&[(0x05, 0, 0, 9)]), None);
}

#[test]
fn an_endless_loop_ends() {
    assert_eq!(a(&[(0x05, 0, 0, u32::MAX)]), None);
    assert_eq!(a(&[(0x05, 0, 0, u32::MAX - 1)]), None);
}

#[test]
fn a_program_without_return_accepts_nothing() {
    assert!(!accepts(&[], &[1], 1));
    assert!(!accepts(&program(&[(A, 0, 0, 1)]), &[1], 1));
    assert!(accepts(&program(&[(0x06, 0, 0, 65_535)]), &[], 0));
}
