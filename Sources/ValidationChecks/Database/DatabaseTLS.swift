import CheckKit
import Formats
import Foundation
import PostgresClient
import RunModel
import Settings
import Sockets

/// The database's side of TLS: who comes without it, and what certificate is shown (contract §8.5).
struct DatabaseTLS: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] { [UnencryptedRefusal(), DatabaseCertificate()] }
}

private struct UnencryptedRefusal {}

extension UnencryptedRefusal: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-17", title: "The database rejects connections without TLS",
            intent: "A client that forgets TLS must fail, and not send the password and the data in clear.",
            procedure: "Connect with TLS switched off, where the configuration asks for TLS.", category: .database,
            phase: .validation, severity: .medium, needs: [.reach(.database)], dependsOn: ["DB-01"],
            deadline: .seconds(30), risk: "One wrong setting in one client, and data crosses the network in clear.",
            remediation: Remediation(
                summary: "Force TLS on the server.",
                terraform: "parameter { name = \"rds.force_ssl\" value = \"1\" }"))
    }

    func omission(under configuration: Configuration) -> String? {
        guard let tls = configuration.database?.tls, ![.require, .verifyFull].contains(tls) else { return nil }
        return "the configuration does not ask for TLS (`database.tls` is \(tls.rawValue))"
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var target = try context.databaseConfiguration()
        target.tls = .disable
        context.reproduce(on: target, sql: "SELECT 1")
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(target, deadline: context.databaseConnectTimeout)
            await connection.close()
            return .failed(
                .exposed(.database, .plainText), "the server takes connections without TLS", expected: "a refusal",
                got: "a connection")
        } catch {
            context.recorder.attach(Evidence("connect to \(target) without TLS", text: error.description))
            if error.kind == .cleartextPassword {
                return .failed(
                    .exposed(.database, .plainText), "the server asks for the password in clear", expected: "a refusal",
                    got: error.description)
            }
            // "no pg_hba.conf entry for host …, no encryption" (PostgreSQL manual, appendix A: class 28).
            guard error.sqlState == "28000" else { return context.outcome(ofConnecting: error, to: target) }
            return .passed("refused with SQLSTATE 28000")
        }
    }
}

private struct DatabaseCertificate {}

extension DatabaseCertificate: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-18", title: "The database's certificate is valid and stays so",
            intent: "Clients that verify it are rejected all at once on the day it ends.",
            procedure:
                "Ask the server for TLS, verify name, dates and, with `database.ca_file`, the chain; count the days left (alarm below 30).",
            category: .database, phase: .validation, severity: .high, needs: [.reach(.database)],
            deadline: .seconds(30), risk: "Neither the API nor MLflow reaches its data.",
            remediation: Remediation(
                summary: "Renew the certificate, or give clients the authority's new bundle.",
                command:
                    "openssl s_client -starttls postgres -connect \"$DB_HOST:5432\" </dev/null | openssl x509 -noout -dates -ext subjectAltName",
                terraform: "ca_cert_identifier = \"rds-ca-rsa2048-g1\""))
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.database?.tls == .disable ? "`database.tls` is disable" : nil
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let target = try context.databaseConfiguration()
        context.recorder.reproduce(
            with:
                "openssl s_client -starttls postgres -connect \"\(NetworkAddress(host: target.host, port: target.port))\" </dev/null"
        )
        guard let peer = try await handshake(target, context) else {
            return target.tls == .prefer
                ? .skipped("the server speaks no TLS, and `database.tls` is prefer")
                : .failed(.exposed(.database, .plainText), "the database speaks no TLS", expected: "TLS", got: "no")
        }
        context.recorder.attach(
            Evidence("TLS of \(target)", fileExtension: "json", text: (try? JSON.text(peer)) ?? ""))
        let judgement = CertificateJudgement(
            owner: target.host, component: .database, peer: peer, knowsAuthority: target.rootCertificates != nil)
        if let problem = judgement.problem() { return problem }
        let days = judgement.daysLeft(at: Date()) ?? 0
        context.recorder.measure(Metric("tls.days_left", Double(days), .days, labels: ["service": "database"]))
        let limit = Int(clamping: context.threshold("days", default: 30))
        if let failure = CertificateJudgement.expiry(of: .database, named: target.host, in: days, limit: limit) {
            return failure
        }
        let chain = target.rootCertificates == nil ? ", its authority not verified (no `database.ca_file`)" : ""
        return .passed("\(peer.version), valid for \(days) more days, at least \(limit)\(chain)")
    }

    private func handshake(_ target: PostgresConfiguration, _ context: CheckContext) async throws -> TLSPeer? {
        do throws(StreamError) {
            return try await PostgresTLS.peer(
                host: target.host, port: target.port,
                TLSConfiguration(serverName: target.host, rootCertificates: target.rootCertificates, verifies: false),
                deadline: context.databaseConnectTimeout)
        } catch {
            if error.isReachability, error.kind != .refused, !PrivateHost.isAnswerable(target.host) {
                throw Stop.inconclusive(
                    .noConnection(
                        error, to: .database, at: NetworkAddress(host: target.host, port: target.port).description),
                    context.notReachable("the database \(target)", error.description))
            }
            throw Stop.failed(
                .noConnection(
                    error, to: .database, at: NetworkAddress(host: target.host, port: target.port).description),
                "the database does not negotiate TLS", expected: "TLS", got: error.description)
        }
    }
}
