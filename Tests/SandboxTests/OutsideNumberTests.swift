import TestSupport
import Testing

@testable import plumbline_sandbox

@Suite struct OutsideNumberTests {
    static let readers: [NumberReader] = [
        NumberReader("seconds of the environment", accepts: ["1e300", "9223372036854775808", "1e19"]) {
            try EnvironmentReader(["T": $0]).seconds("T")
        },
        NumberReader("a whole number of the environment") {
            try EnvironmentReader(["T": $0]).whole("T").map(Double.init)
        },
        NumberReader("the amount of a defect", accepts: ["1e300", "9223372036854775808", "1e19", ""]) {
            try DefectSet(parsing: "health-slow=\($0)").amount(.healthSlow)
        },
        NumberReader("the delay of the auth service", accepts: [""]) {
            if case .slow(let seconds)? = AuthBehaviour("slow=\($0)") { seconds } else { nil }
        },
        NumberReader("the port of a proxy") { Double(try Endpoint("localhost:\($0)").port) },
    ]

    @Test("no number that the sandbox is given ends it", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        #expect(await reader.problem(with: text) == nil, "\(reader) of ‘\(text)’")
    }

    @Test(
        "a toxic's attributes are refused beyond what sums can hold",
        arguments: [Int.max, Int.min, -1, 1_000_000_000_001])
    func toxics(value: Int) {
        for (type, name) in [
            ("latency", "latency"), ("latency", "jitter"), ("bandwidth", "rate"), ("limit_data", "bytes"),
        ] {
            #expect(throws: FaultProxyError.self) { try Toxic.Effect(type: type, attributes: [name: value]) }
        }
    }

    @Test("a moment is written whatever it is", arguments: [Double.nan, .infinity, -.infinity, 1e300, 0x1p63, -1])
    func moments(seconds: Double) { #expect(!Moment.naive(seconds).isEmpty) }
}
