import CheckKit
import Formats
import Foundation
import RedisClient
import RunModel
import Sockets

extension RedisHealth {
    @Sendable static func certificate(_ context: CheckContext) async throws -> Outcome {
        let target = try context.redisConfiguration()
        guard var tls = target.tls else { return .skipped("`redis.tls` is false") }
        tls.verifies = false
        let peer: TLSPeer
        do throws(StreamError) {
            let stream = try await TCPStream.connect(host: target.host, port: target.port, deadline: .seconds(5))
            peer = try await stream.startTLS(tls, deadline: .seconds(5))
            await stream.close()
        } catch {
            return context.outcome(ofConnecting: RedisError(error), to: target)
        }
        context.recorder.attach(
            Evidence("TLS of \(target)", fileExtension: "json", text: (try? JSON.text(peer)) ?? ""))
        let judgement = CertificateJudgement(owner: target.host, component: .redis, peer: peer, knowsAuthority: true)
        if let problem = judgement.problem() { return problem }
        let days = judgement.daysLeft(at: Date()) ?? 0
        context.recorder.measure(Metric("tls.days_left", Double(days), .days, labels: ["service": "redis"]))
        let limit = Int(clamping: context.threshold("days", default: 30))
        return CertificateJudgement.expiry(of: .redis, named: target.host, in: days, limit: limit)
            ?? .passed("\(peer.version), valid for \(days) more days, at least \(limit)")
    }
}
