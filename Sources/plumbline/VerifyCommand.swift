import ArgumentParser
import Formats
import Foundation
import Job
import RunModel

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that a bundle is whole and proves its own verdict.",
        discussion: """
            Every byte is compared with the manifest, the journal's chain of checksums is followed, and the verdict is worked \
            out again. Exit code 0 when all is sound, 3 when anything is wrong.
            """)

    @Argument(help: "The bundle.")
    var bundle: String

    @Flag(name: .long, help: "Print what was found as JSON.")
    var json = false

    func run() async throws {
        let claims = try await BundleClaims.examine(bundle)
        if json {
            StandardOutput.write([UInt8](try JSON.prettyData(Answer(claims))))
        } else {
            StandardOutput.write(text(of: claims))
        }
        if !claims.isSound { throw ExitCode(3) }
    }

    private func text(of claims: BundleClaims) -> String {
        var lines = claims.verification.problems.map { "  \($0)" } + claims.contradictions.map { "  \($0)" }
        lines = lines.map(TerminalText.safe)
        if claims.isSound {
            lines.append(
                "\(bundle): sound, \(claims.verification.manifest?.entries.count ?? 0) entries, sha256 \(claims.verification.sha256)"
            )
        } else {
            lines.insert("\(bundle): NOT sound", at: 0)
        }
        if !claims.missingPhases.isEmpty {
            lines.append(
                "partial: these phases did not end: \(claims.missingPhases.map(\.name).joined(separator: ", "))")
        }
        if let verdict = claims.verdict { lines.append(TerminalText.safe(verdict.line)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Answer: Encodable {
        let sound: Bool
        let sha256: String
        let problems: [String]
        let missingPhases: [String]
        let verdict: Verdict?

        init(_ claims: BundleClaims) {
            sound = claims.isSound
            sha256 = claims.verification.sha256
            problems = claims.verification.problems.map(\.description) + claims.contradictions
            missingPhases = claims.missingPhases.map(\.name)
            verdict = claims.verdict
        }
    }
}
