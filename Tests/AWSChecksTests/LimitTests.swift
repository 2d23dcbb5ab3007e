import AWSClient
import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import AWSChecks

/// Limits that follow from the thing itself, and logs longer than anybody reads.
@Suite struct LimitTests {
    @Test(arguments: [
        ("60", 60), ("LEAST({DBInstanceClassMemory/9531392},5000)", 112),
        ("GREATEST({DBInstanceClassMemory/9531392},200)", 200), ("{DBInstanceClassMemory/12582880}", 85),
        ("GREATEST({log(DBInstanceClassMemory/805306368)*45},1000)", 1000), ("SUM({2*3},4)", 10),
        (" LEAST( {DBInstanceClassMemory / 9531392} , 5000 ) ", 112),
    ])
    func `a parameter is a number or a formula of the class`(text: String, expected: Double) {
        let memory = InstanceClass("db.t4g.micro")?.memory ?? 0
        #expect(ParameterFormula.value(text, variables: ["DBInstanceClassMemory": memory]) == expected)
    }

    @Test(arguments: [
        "", "LEAST(", "LEAST()", "{DBInstanceClassMemory/0}", "{Unknown/2}", "5 apples", "NEVER(1)", "((((", "1/0", "-",
        "{{}}",
    ])
    func `what is no formula has no value`(text: String) {
        #expect(ParameterFormula.value(text, variables: ["DBInstanceClassMemory": 1_073_741_824]) == nil)
    }

    /// RDS user guide: hardware specifications for DB instance classes, in GiB.
    @Test(arguments: [
        ("db.t3.micro", 1.0), ("db.t4g.medium", 4), ("db.m6g.large", 8), ("db.m5.24xlarge", 384), ("db.r5.large", 16),
        ("db.r6i.32xlarge", 1024), ("db.r4.xlarge", 30.5), ("db.x2g.16xlarge", 1024), ("db.m7g.2xlarge", 32),
    ])
    func `a class has its memory`(name: String, gibibytes: Double) {
        #expect(InstanceClass(name)?.memory == gibibytes * 1_073_741_824)
    }

    @Test func `a class without a size of its own has none`() {
        #expect(InstanceClass("db.serverless")?.memory == nil && InstanceClass("")?.memory == nil)
        #expect(InstanceClass("db.q9.large")?.memory == nil && InstanceClass("db.m6g.huge")?.memory == nil)
    }

    /// A log group that holds a line every `spacing` milliseconds, answered as FilterLogEvents does: oldest first, in pages.
    private final class Group: AWSTransport {
        let spacing: Int
        let end: Int
        private let served = Mutex(0)
        var count: Int { served.withLock { $0 } }

        init(spacing: Int, end: Date) {
            self.spacing = spacing
            self.end = Int(end.timeIntervalSince1970 * 1000)
        }

        func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
            let input = (try? JSONSerialization.jsonObject(with: Data(request.body ?? []))) as? [String: Any] ?? [:]
            let (from, to) = (input["startTime"] as? Int ?? 0, input["endTime"] as? Int ?? 0)
            let first = Int(input["nextToken"] as? String ?? "") ?? (from + spacing - 1) / spacing * spacing
            // One line in a thousand is an error.
            let step = input["filterPattern"] == nil ? spacing : spacing * 1000
            var moments: [Int] = []
            var next = (first + step - 1) / step * step
            while next < to, moments.count < (input["limit"] as? Int ?? 10_000) {
                moments.append(next)
                next += step
            }
            served.withLock { $0 += moments.count }
            let events = moments.map { moment in
                let word = moment % (spacing * 1000) == 0 ? "ERROR lost" : "INFO served"
                return "{\"timestamp\":\(moment),\"message\":\"\(word)\",\"logStreamName\":\"a\"}"
            }
            let token = next < to ? ",\"nextToken\":\"\(next)\"" : ""
            return HTTPResponse(
                status: 200, body: Array("{\"events\":[\(events.joined(separator: ","))]\(token)}".utf8))
        }
    }

    private func reading(spacing: Int) async throws -> (LogReading, Group) {
        let end = Date(timeIntervalSince1970: 1_773_144_000)
        let group = Group(spacing: spacing, end: end)
        let client = AWSClient(
            .init(region: "eu-west-3"),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "visibly-fake"],
                transport: group))
        let reading = try await LogReading.read(
            "/orion/gateway", from: end.addingTimeInterval(-3600), to: end, with: client)
        return (reading, group)
    }

    @Test func `a log that fits is read as a whole`() async throws {
        let (reading, _) = try await reading(spacing: 1000)
        #expect(reading.events.count == 3600 && reading.secondsSearched == 0 && reading.secondsMissed == 0)
        #expect(reading.events.map(\.timestamp) == reading.events.map(\.timestamp).sorted())
    }

    /// 36,000 lines: the newest are read, the others searched for errors, and no error is lost.
    @Test func `a busy log is read from its end and searched before that`() async throws {
        let (reading, group) = try await reading(spacing: 100)
        let errors = reading.events.filter { $0.message.hasPrefix("ERROR") }
        #expect(errors.count == 36, "\(errors.count)")
        #expect(reading.events.last?.timestamp == group.end - 100)
        #expect(reading.secondsSearched > 0 && reading.secondsMissed == 0)
        #expect(Set(reading.events.map(\.timestamp)).count == reading.events.count)
    }

    /// 3,600,000 lines: not even the last minute fits.
    @Test func `of a log that floods, the newest lines are read`() async throws {
        let (reading, group) = try await reading(spacing: 1)
        #expect(reading.events.last?.timestamp == group.end - 1)
        #expect(reading.events.count { $0.message.hasPrefix("ERROR") } == 3600)
        #expect(reading.secondsSearched > 3500)
    }

    @Test func `what was not read is counted, and such a log does not pass`() async throws {
        let line = #"{"logStreamName":"a","timestamp":1773140400000,"message":"INFO well"}"#
        let event = try JSONDecoder().decode(Logs.Event.self, from: Data(line.utf8))
        let excerpt = LogExcerpt(LogReading(events: [event], secondsSearched: 60, secondsMissed: 1200))
        let account = try PlantedAccount.sound.get()
        let configuration = try PlantedAccount.configuration.get()
        var snapshot = await account.snapshot(configuration, endpoint: AccountEndpoint(account))
        snapshot.logEvents["/orion/gateway"] = .value(excerpt)
        let expectations = try #require(AWSExpectations(configuration, environment: [:]))
        let outcome = LogErrorsCheck().outcome(over: snapshot, expectations)
        #expect(outcome.status == .inconclusive && outcome.message.contains("20 min"), "\(outcome)")
    }

    @Test(arguments: [
        ("2026-03-10 ERROR no connection", true), ("INFO 0 errors, error budget 99.9 %", false),
        ("2026-03-10T11:00:00Z INFO no ERROR since start", false),
        (#"{"level":"info","msg":"ERROR page shown"}"#, false),
        (#"{"level":"error","msg":"ERROR lost"}"#, true), ("ValueError: bad", true), ("FATAL:  password", true),
        ("[DEBUG] Exception swallowed", false),
    ])
    func `a line that only speaks of errors is none`(line: String, expected: Bool) {
        #expect(LogExcerpt.isError(line) == expected)
    }

    @Test(arguments: [
        (#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, true),
        (#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/16"]}}"#, false),
        (#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/16","128.0.0.0/1"]}}"#, true),
        (#"{"StringEquals":{"aws:SourceVpce":"vpce-0s3"}}"#, false), (#"{"StringLike":{"aws:SourceVpce":"*"}}"#, true),
        (#"{"Bool":{"aws:SecureTransport":"true"}}"#, true), (#"{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}"#, true),
        (#"{"StringEquals":{"aws:PrincipalOrgID":"o-1a2b3c"}}"#, false),
        (#"{"StringLike":{"aws:Referer":"https://a/*"}}"#, true),
        (#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::210987654321:role/*"}}"#, false),
    ])
    func `everyone is everyone until a condition holds somebody back`(condition: String, isPublic: Bool) {
        let policy =
            #"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":"# + condition + "}]}"
        #expect((BucketPolicy.publicStatement(in: policy) != nil) == isPublic)
    }
}
