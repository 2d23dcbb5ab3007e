import AWSClient
import Formats
import Foundation
import Testing

@testable import AWSChecks

/// What looks secret never gets into the snapshot.
@Suite struct SecretMaskingTests {
    @Test(arguments: [
        ("DB_PASSWORD=hunter2 starting", "hunter2"), ("connect postgres://mlflow:hunter2@db:5432/x failed", "hunter2"),
        (#"{"api_key": "hunter2", "level": "ERROR"}"#, "hunter2"), ("Authorization: Bearer hunter2hunter2", "hunter2"),
        ("ERROR token=hunter2, retrying", "hunter2"),
    ])
    func `a log line loses its secrets and keeps the rest`(line: String, secret: String) {
        let shown = HiddenValue.masked(text: line)
        #expect(!shown.contains(secret), "\(shown)")
        #expect(shown.contains("‹hidden›"))
    }

    @Test func `a log line without secrets stays as it is`() {
        let line = "ERROR 2026-01-02T03:04:05Z connection to db:5432 refused, attempt=3 path=/api/models?x=1"
        #expect(HiddenValue.masked(text: line) == line)
    }

    @Test func `options of commands and log drivers are hidden by a mark that changes with the value`() throws {
        func definition(_ secret: String) throws -> ECS.TaskDefinition {
            let text = """
                {"taskDefinitionArn":"a","family":"f","revision":1,"containerDefinitions":[{"name":"c","image":"i",
                 "environment":[{"name":"REDIS_URL","value":"redis://:\(secret)@cache"},{"name":"LEVEL","value":"info"}],
                 "secrets":[],"portMappings":[],"command":["serve","--api-token","\(secret)","--port","80"],
                 "healthCheck":{"command":["CMD","curl","-H","Authorization: Bearer \(secret)","http://x/health"]},
                 "logConfiguration":{"logDriver":"splunk","options":{"splunk-token":"\(secret)","splunk-url":"https://s"}}}]}
                """
            return HiddenValue.masked(try JSONDecoder().decode(ECS.TaskDefinition.self, from: Data(text.utf8)))
        }
        let (one, two) = (try definition("first-secret-1"), try definition("other-secret-2"))
        let text = try JSON.text(one)
        #expect(!text.contains("first-secret-1"), "\(text)")
        let changed = TaskDefinitionDifference.between(one, two).map(\.name)
        #expect(changed == ["c command", "c environment REDIS_URL", "c health check", "c log option splunk-token"])
        #expect(one.containerDefinitions[0].command[3...] == ["--port", "80"])
    }

    @Test func `a log excerpt counts alike lines and shows what stood around the last error`() throws {
        let events = try JSONDecoder().decode(
            [Logs.Event].self,
            from: Data(
                (0..<30).map { number in
                    let message =
                        number % 10 == 9 ? "ERROR attempt \(number) failed, password=hunter\(number)" : "step \(number)"
                    return #"{"logStreamName":"s\#(number % 2)","timestamp":\#(1000 * number),"message":"\#(message)"}"#
                }.joined(separator: ",").asList.utf8))
        let excerpt = LogExcerpt(events, isComplete: true, troubleSince: Date(timeIntervalSince1970: 20))
        #expect(excerpt.errors.map(\.count) == [3])
        #expect(excerpt.errors.first?.text == "ERROR attempt <n> failed, password=‹hidden›")
        #expect(excerpt.lines.count == 15 && excerpt.lines.allSatisfy { !$0.contains("hunter") })
        #expect(excerpt.lines.last?.contains("attempt 29") == true)
        #expect(!excerpt.lines.contains { $0.contains("step 28") }, "another stream's line")
        #expect(LogExcerpt(Array(events.prefix(5)), isComplete: true, troubleSince: .distantPast).lines.isEmpty)
        #expect(LogExcerpt(events, isComplete: true).lines.isEmpty, "a service that is well")
        let later = LogExcerpt(events, isComplete: true, troubleSince: Date(timeIntervalSince1970: 600))
        #expect(later.lines.isEmpty && later.errors == excerpt.errors, "errors of before the trouble")
    }
}

extension String {
    fileprivate var asList: String { "[" + self + "]" }
}
