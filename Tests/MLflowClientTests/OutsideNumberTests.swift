import Formats
import Foundation
import TestSupport
import Testing

@testable import MLflowClient

@Suite struct OutsideNumberTests {
    private static func point(_ field: String, _ text: String) throws -> MetricPoint {
        let literal = Double(text)?.isFinite == true ? text : "\"\(text)\""
        var fields = ["key": "\"loss\"", "value": "1", "timestamp": "1", "step": "1"]
        fields[field] = literal
        let members = fields.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ",")
        return try JSON.decode(MetricPoint.self, from: Data("{\(members)}".utf8))
    }

    static let readers: [NumberReader] = [
        NumberReader("a metric's value", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) { text in
            let value = try point("value", text).value
            return value.isFinite ? value : nil
        },
        NumberReader("a metric's moment", accepts: ["-1"]) { Double(try point("timestamp", $0).timestamp) },
        NumberReader("a metric's step", accepts: ["-1"]) { Double(try point("step", $0).step) },
        // What follows two numbers is a name of the build.
        NumberReader("a part of MLflow's version", accepts: ["1e300", "1e19"]) {
            MLflowVersion("2.\($0).1").map { Double($0.minor) }
        },
    ]

    @Test("no number of MLflow ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        #expect(await reader.problem(with: text) == nil, "\(reader) of ‘\(text)’")
    }
}
