import ArgumentParser
import Formats
import Foundation
import Job
import RunModel

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that a bundle is whole and proves what it says.",
        discussion: """
            Every byte is compared with the manifest. Then everything is held against the journal: documents, machine formats \
            and state files are made again and must be the same bytes, evidence must be what results name, and files that were \
            kept must be what the journal's last event names.

            Exit code 0 when everything was compared and fits; 8 when anything is wrong, each by its name; 5 when nothing is \
            wrong and not everything could be compared, such as documents that another build or other templates made.

            Sound does not mean true: the bundle is not signed, so whoever can write all of it can write another journal with all \
            that follows from it. Compare the SHA-256 with the one that the pipeline printed.
            """)

    @Argument(
        help: "The bundle, also one in S3; of a state in S3 (s3://bucket/prefix/) the one that was delivered last.")
    var bundle: String

    @OptionGroup var bundleOptions: BundleOptions
    @OptionGroup var templateOptions: TemplateOptions

    @Flag(name: .long, help: "Print what was found as JSON.")
    var json = false

    func run() async throws {
        let rendering = try bundleOptions.rendering(with: templateOptions)
        let claims = try await bundleOptions.readingBundle(bundle) { path in
            try await BundleClaims.examine(path, rendering: rendering)
        }
        if json {
            try StandardOutput.write(json: Answer(claims))
        } else {
            StandardOutput.write("\(text(of: claims))")
        }
        switch claims.finding {
        case .sound: break
        case .notCompared: throw ExitCode(5)
        case .notSound: throw ExitCode(8)
        }
    }

    private func text(of claims: BundleClaims) -> String {
        var lines = [headline(of: claims)]
        lines += claims.verification.problems.map { "  \($0)" } + claims.contradictions.map { "  \($0)" }
        if claims.verification.isSound, claims.contradictions.isEmpty {
            lines += claims.compared.map { "  compared: \($0)" }
            lines += claims.notCompared.map { "  not compared: \($0)" }
            lines.append("  not signed: who can write all of the bundle can write another one that is as sound")
        }
        if !claims.missingPhases.isEmpty {
            lines.append(
                "partial: these phases did not end: \(claims.missingPhases.map(\.name).joined(separator: ", "))")
        }
        if let line = claims.line { lines.append(line) }
        return lines.map(TerminalText.safe).joined(separator: "\n") + "\n"
    }

    private func headline(of claims: BundleClaims) -> String {
        switch claims.finding {
        case .sound:
            "\(bundle): sound, \(claims.verification.manifest?.entries.count ?? 0) entries, sha256 \(claims.verification.sha256)"
        case .notCompared:
            "\(bundle): whole, and sound as far as it could be compared; sha256 \(claims.verification.sha256)"
        case .notSound: "\(bundle): NOT sound"
        }
    }

    private struct Answer: Encodable {
        let sound: Bool
        let finding: BundleClaims.Finding
        let sha256: String
        let problems: [String]
        let compared: [String]
        let notCompared: [String]
        let missingPhases: [String]
        let verdict: Verdict?

        init(_ claims: BundleClaims) {
            sound = claims.finding == .sound
            finding = claims.finding
            sha256 = claims.verification.sha256
            problems = claims.verification.problems.map(\.description) + claims.contradictions.map(\.description)
            compared = claims.compared
            notCompared = claims.notCompared
            missingPhases = claims.missingPhases.map(\.name)
            verdict = claims.verdict
        }
    }
}
