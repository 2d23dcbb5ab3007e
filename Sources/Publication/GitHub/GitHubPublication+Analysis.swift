import Formats
import Foundation

extension GitHubPublication {
    /// Of a packed file, in bytes ("SARIF support for code scanning", GitHub Docs).
    private static let largestAnalysis = 10 << 20
    /// How often the service is asked whether it has read the file.
    private static let looks = 20

    /// Uploads the findings with a place in the repository for code scanning, and waits until GitHub has read them.
    func analysis(of run: PublishedRun) async throws(PublicationError) -> PublicationResult {
        // What an analysis does not name any more counts as fixed.
        guard run.isComplete else {
            return PublicationResult(
                "analysis", .skipped("the run did not end, and what it did not reach would count as fixed"))
        }
        guard let commit = place.commit, let reference = place.reference else {
            throw PublicationError(
                .unusable, "no commit and reference are known that the analysis could belong to",
                advice: "Give --commit SHA and --ref refs/heads/NAME, or refs/pull/NUMBER/head for a pull request")
        }
        let packed = try Gzip.pack(run.sarif)
        guard packed.count <= Self.largestAnalysis else {
            throw PublicationError(
                .unusable, "the analysis has \(packed.count) bytes packed, and GitHub takes \(Self.largestAnalysis)")
        }
        let body: JSONValue = [
            "commit_sha": .string(commit), "ref": .string(reference),
            "sarif": .string(Data(packed).base64EncodedString()), "tool_name": "plumbline",
            "started_at": .string(Self.moment(run.startedAt)),
        ]
        let uploads = "\(path)/code-scanning/sarifs"
        // The same analysis once more replaces itself.
        guard let answer = try await api.put("POST", uploads, body) else {
            return PublicationResult("analysis", .planned)
        }
        guard let id = answer["id"]?.string else { throw api.malformed("POST", uploads, "an id") }
        return try await read("\(uploads)/\(PercentEncoding.encode(id))")
    }

    private func read(_ upload: String) async throws(PublicationError) -> PublicationResult {
        for _ in 0..<Self.looks {
            do throws(PublicationError) {
                let state = try api.value(of: try await api.get(upload), "GET", upload)
                switch state["processing_status"]?.string {
                case "complete": return PublicationResult("analysis", .created, url: state["analyses_url"]?.string)
                case "failed":
                    let errors = (state["errors"]?.array ?? []).map(\.text).joined(separator: "; ")
                    throw PublicationError(.refused, "GitHub could not read the analysis: \(errors)")
                default: break
                }
            } catch {
                // Not known yet: the upload is listed a moment later.
                guard error.status == 404 else { throw error }
            }
            await patience.sleep(patience.pause)
        }
        return PublicationResult("analysis", .created)
    }

    /// As GitHub takes moments: to the second.
    static func moment(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}
