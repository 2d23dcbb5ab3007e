import Foundation
import Secrets

/// What redaction costs: texts of 1 KB to 64 MB, 1 to 200 secrets. Prints nanoseconds a byte, the best of three.
///
/// usage: redaction-benchmark
let sizes = [1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20]
let numbers = [1, 10, 50, 200]

func token(_ number: Int) -> String {
    var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
    let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    return String(
        (0..<40).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return alphabet[Int(state >> 33) % alphabet.count]
        })
}

let texts: [(name: String, unit: String)] = [
    (
        "log lines",
        "2026-01-01T00:00:00.000Z INFO [api] GET /health/detailed 200 in 12.5 ms from 10.0.0.1, request 6f1c2d3e\n"
    ),
    (
        "JSON",
        #"{"status":"healthy","mlflow":{"circuit_breaker_state":"CLOSED","error":"line\none \"two\""},"n":12},"#
    ),
    ("base64", Data((0..<75).map { UInt8(truncatingIfNeeded: $0 &* 37) }).base64EncodedString()),
    ("percent signs", "%"), ("percent escapes", "%25"),
]

for (name, unit) in texts {
    print("\(name), ns a byte")
    print("| size | " + numbers.map { "\($0) secrets" }.joined(separator: " | ") + " |")
    print("| --- |" + numbers.map { _ in " --- |" }.joined())
    for size in sizes {
        let bytes = Array(String(repeating: unit, count: size / unit.utf8.count + 1).utf8.prefix(size))
        let figures = numbers.map { number -> String in
            let redactor = Redactor(
                (0..<number).map { Secret(name: "s\($0)", source: .environment("S"), value: token($0)) })
            let repeats = max(1, (1 << 20) / size)
            let best =
                (0..<3).map { _ in
                    ContinuousClock().measure { for _ in 0..<repeats { _ = redactor.masked(bytes) } }
                }.min() ?? .zero
            let nanoseconds = Double(best.components.attoseconds) / 1e9 + Double(best.components.seconds) * 1e9
            return String(format: "%.1f", nanoseconds / Double(size * repeats))
        }
        let readable = size >= 1 << 20 ? "\(size >> 20) MB" : "\(size >> 10) KB"
        print("| \(readable) | " + figures.joined(separator: " | ") + " |")
    }
}
