import AWSClient
import CheckKit
import Formats
import Foundation
import TestSupport
import Testing

@testable import AWSChecks

@Suite struct OutsideNumberTests {
    private static let numbers: Set<String> = ["1e300", "-1", "9223372036854775808", "1e19"]

    static let readers: [NumberReader] = [
        NumberReader("the prefix of a network") { IPv4Block("10.0.0.0/\($0)").map { Double($0.prefix) } },
        NumberReader("the matcher of a health check") { HealthPathsCheck.matches(200, "\($0)-\($0)") ? 1 : nil },
        NumberReader("a kept AWS figure", accepts: numbers) { text in
            let series = #"{"id": "cpu", "timestamps": [], "values": [\#(text.isEmpty ? "null" : text)]}"#
            return try JSON.decode(CloudWatch.Series.self, from: Data(series.utf8)).values.first
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }

    @Test("every check over an AWS account of absurd numbers has an outcome")
    func account() async throws {
        let account = try await AWSAccount.start(defects: true)
        let sound = try JSON.decode(JSONValue.self, from: JSON.data(await account.snapshot()))
        #expect(account.checks.count > 40)
        for number in [Int64.max, .min, -1, 0] {
            let absurd = try JSON.decode(
                AWSSnapshot.self, from: JSON.data(sound.replacingNumbers(with: .integer(number))))
            for check in account.checks {
                let outcome = check.outcome(over: absurd, account.expectations, recorder: Recorder())
                #expect(outcome.status != .error, "\(check.descriptor.id), \(number): \(outcome.message)")
            }
        }
    }
}

extension JSONValue {
    fileprivate func replacingNumbers(with value: JSONValue) -> JSONValue {
        switch self {
        case .integer, .number: value
        case .array(let elements): .array(elements.map { $0.replacingNumbers(with: value) })
        case .object(let members): .object(members.mapValues { $0.replacingNumbers(with: value) })
        case .null, .boolean, .string: self
        }
    }
}
