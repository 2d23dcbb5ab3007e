import ArgumentParser
import Foundation

/// The stage of a pipeline that `init` can write, as it is in `ci/pipelines/`.
enum PipelineFile: String, ExpressibleByArgument, CaseIterable {
    case github, gitlab, codebuild, jenkins

    /// The file that begins the stage, below the root of the repository.
    var path: String { files[0].path }

    /// Where each file goes, below the root of the repository, and where it is below `ci/pipelines/`.
    private var files: [(path: String, source: String)] {
        switch self {
        case .github:
            [
                (".github/workflows/plumbline-on-change.yml", "github/on-change.yml"),
                (".github/workflows/plumbline.yml", "github/plumbline.yml"),
            ]
        case .gitlab: [(".gitlab/plumbline.yml", "gitlab/plumbline.yml")]
        case .codebuild: [("buildspec.yml", "codebuild/buildspec.yml")]
        case .jenkins: [("Jenkinsfile", "jenkins/Jenkinsfile")]
        }
    }

    /// What is left to do with it.
    var advice: String? {
        switch self {
        case .gitlab: "name it in .gitlab-ci.yml: include: { local: /\(path) }"
        case .codebuild: "the buildspec of the project; its role needs what `plumbline policy` prints"
        case .github: "set the environments and roles in \(path), and the repository of the actions in \(files[1].path)"
        case .jenkins: nil
        }
    }

    static func ask(_ interview: Interview) -> PipelineFile? {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        let answer = interview.ask("A pipeline to write a stage for: \(names)") { answer in
            guard let file = PipelineFile(rawValue: answer) else { return "expected one of \(names), got ‘\(answer)’" }
            let existing = file.files.map(\.path).first(where: FileManager.default.fileExists)
            return existing.map { "\($0) exists; it is not replaced" }
        }
        return answer.flatMap(PipelineFile.init(rawValue:))
    }

    func write() throws(CommandFailure) {
        for (path, source) in files {
            let file = URL(fileURLWithPath: path)
            do {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data((EmbeddedPipelines.texts[source] ?? "").utf8).write(to: file, options: .withoutOverwriting)
            } catch {
                throw .usage("\(path) cannot be written: \(error.localizedDescription)")
            }
        }
    }
}
