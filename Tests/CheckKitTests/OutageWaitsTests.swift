import HTTPClient
import RunModel
import Settings
import Testing

@testable import CheckKit

@Suite struct OutageWaitsTests {
    private static func configuration() throws -> Configuration {
        try Configuration.parse(
            "environment: test\nservices: { api: \"http://api.localhost:8001\", auth: \"http://auth.localhost:8002\" }\n",
            path: "plumbline.yaml", environment: [:])
    }

    private static func request(_ path: String = "/health", host: String = "api.localhost:8001") -> HTTPRequest {
        HTTPRequest(url: "http://\(host)\(path)", deadline: .seconds(30))
    }

    private static let silence = HTTPError(code: .timeout, message: "nothing", url: "http://api.localhost:8001/health")

    /// A check that waits its full time for the API and does not pass.
    private static func suffer(_ id: CheckID, _ waits: OutageWaits, _ seconds: Int) throws -> Outcome {
        let patience = CheckPatience(waits, of: id, try configuration())
        let allowed = patience.longestWait(for: request())
        patience.ended(request(), allowed: allowed, after: min(allowed, .seconds(seconds)), silence)
        return patience.judged(failure)
    }

    /// Somebody else's wait of a while ago, which alone does not use up the allowance.
    private static func waitedBefore() -> OutageWaits {
        let waits = OutageWaits()
        waits.note("api.localhost:8001", waited: .seconds(15), until: .now - .seconds(100))
        return waits
    }

    private static let failure = Outcome.failed(
        .noConnection(NoConnection(.service(.api), at: "api.localhost:8001", .silent)), "no answer", expected: "one",
        got: "none")

    @Test func `once the allowance is used up, checks are blocked by the first one that saw the outage`() throws {
        let waits = Self.waitedBefore()
        #expect(try Self.suffer("SH-01", waits, 15) == Self.failure)
        #expect(try Self.suffer("SH-03", waits, 15) == .blocked(by: "SH-01"))
        let other = CheckPatience(waits, of: "AU-01", try Self.configuration())
        #expect(other.longestWait(for: Self.request(host: "auth.localhost:8002")) == .seconds(30))
        #expect(other.longestWait(for: Self.request(host: "elsewhere.localhost:1")) == .seconds(30))
    }

    @Test func `what answers in time keeps its verdict, whatever the place has done before`() throws {
        let waits = Self.waitedBefore()
        _ = try Self.suffer("SH-01", waits, 15)
        let patience = CheckPatience(waits, of: "SH-04", try Self.configuration())
        let allowed = patience.longestWait(for: Self.request("/live"))
        #expect(allowed < .seconds(30))
        patience.ended(Self.request("/live"), allowed: allowed, after: .milliseconds(3), nil)
        #expect(patience.judged(.passed("200")) == .passed("200"))
        #expect(patience.judged(Self.failure) == Self.failure)
    }

    @Test
    func `a large transfer that succeeds is no wait, and gets its own deadline until somebody has seen an outage`()
        throws
    {
        let waits = OutageWaits()
        let patience = CheckPatience(waits, of: "ML-42", try Self.configuration())
        var upload = Self.request("/artifact")
        upload.method = "PUT"
        upload.body = [UInt8](repeating: 0, count: 8 << 20)
        upload.deadline = .seconds(60)
        var download = Self.request("/artifact")
        download.maximumBodyBytes = 64 << 20
        #expect(patience.longestWait(for: upload) == .seconds(60))
        patience.ended(upload, allowed: .seconds(60), after: .seconds(41), nil)
        #expect(patience.longestWait(for: download) == .seconds(30))
        #expect(patience.judged(.passed("byte for byte")) == .passed("byte for byte"))

        patience.ended(upload, allowed: .seconds(60), after: .seconds(60), Self.silence)
        #expect(patience.judged(Self.failure) == Self.failure)
        let next = CheckPatience(waits, of: "ML-43", try Self.configuration())
        #expect(next.longestWait(for: upload) < .seconds(60))
    }

    @Test func `where everything passed slowly, the first check that gives up fails and blocks the others`() throws {
        let waits = OutageWaits()
        let slow = CheckPatience(waits, of: "SD-01", try Self.configuration())
        slow.ended(Self.request(), allowed: .seconds(30), after: .seconds(28), nil)
        #expect(slow.judged(.passed("profile B")) == .passed("profile B"))
        let next = CheckPatience(waits, of: "CB-01", try Self.configuration())
        let allowed = next.longestWait(for: Self.request())
        next.ended(Self.request(), allowed: allowed, after: allowed, Self.silence)
        #expect(next.judged(.skipped("no key")) == .skipped("no key"))
        #expect(next.judged(.passed("no answer needed")).status == .inconclusive)
        let outcome = next.judged(Self.failure)
        #expect(outcome.symptom == .noConnection(NoConnection(.service(.api), at: "api.localhost:8001", .silent)))
        #expect(outcome.message == "api.localhost:8001 keeps its clients waiting")
        #expect(try Self.suffer("CB-02", waits, 15) == .blocked(by: "CB-01"))
    }

    @Test func `when all allowances are spent, an address that was not waited for gets a shorter look`() throws {
        let waits = OutageWaits()
        let other = CheckPatience(waits, of: "AU-01", try Self.configuration())
        waits.note("api.localhost:8001", waited: .seconds(40))
        #expect(other.longestWait(for: Self.request(host: "auth.localhost:8002")) == OutageWaits.shortWait)
        #expect(other.longestWait(for: Self.request()) == OutageWaits.moment)
        #expect(other.longestWait(for: Self.request(host: "elsewhere.localhost:1")) == .seconds(30))
        waits.prove("auth.localhost:8002", by: "AU-01")
        #expect(other.longestWait(for: Self.request(host: "auth.localhost:8002")) == OutageWaits.moment)
    }

    @Test func `a check that waited itself keeps its verdict, and the others are blocked by it`() throws {
        let waits = Self.waitedBefore()
        let first = CheckPatience(waits, of: "SD-01", try Self.configuration())
        for seconds in [15, 2] {
            let allowed = first.longestWait(for: Self.request())
            first.ended(Self.request(), allowed: allowed, after: min(allowed, .seconds(seconds)), Self.silence)
        }
        let unknown = Outcome.inconclusive(.obstacle(.unknownProfile, of: .api), "the profile is not known")
        #expect(first.judged(unknown) == unknown)
        #expect(try Self.suffer("CB-01", waits, 15) == .blocked(by: "SD-01"))
    }

    @Test func `waits at the same time count once, and short ones not at all`() throws {
        let waits = OutageWaits()
        let end = ContinuousClock.now
        for _ in 0..<8 { waits.note("a:1", waited: .seconds(15), until: end) }
        #expect(waits.longestWait(at: "a:1") > OutageWaits.shortWait)
        for _ in 0..<1000 { waits.note("a:1", waited: .seconds(2), until: end + .seconds(60)) }
        #expect(waits.longestWait(at: "a:1") > OutageWaits.shortWait)
        waits.note("a:1", waited: .seconds(15), until: end + .seconds(100))
        #expect(waits.longestWait(at: "a:1") == OutageWaits.moment)
    }
}
