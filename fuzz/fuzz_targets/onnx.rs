#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nfstream_fuzz::onnx::run(data));
