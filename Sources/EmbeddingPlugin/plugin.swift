import Foundation
import PackagePlugin

/// Embeds files of the package in the target it is applied to, so that the binary runs from anywhere: the templates in `Reports`, and
/// the pipelines that `init` writes in `plumbline`.
@main
struct EmbeddingPlugin: BuildToolPlugin {
    /// What a target embeds, as the texts of an enumeration by their paths below the folder.
    private struct Texts {
        let enumeration: String
        /// Below the package.
        let folder: String
        /// How the names of the files end.
        let endings: [String]
    }

    private static let texts = [
        "Reports": Texts(
            enumeration: "EmbeddedTemplates", folder: "templates", endings: [".md", ".html", ".css", ".js"]),
        "plumbline": Texts(
            enumeration: "EmbeddedPipelines", folder: "ci/pipelines", endings: [".yml", ".yaml", "Jenkinsfile"]),
    ]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let texts = Self.texts[target.name] else {
            Diagnostics.error("EmbeddingPlugin does not know what to embed in \(target.name)")
            return []
        }
        let directory = context.package.directoryURL.appending(path: texts.folder)
        let files = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
            .filter { name in name != "README.md" && texts.endings.contains(where: name.hasSuffix) }
            .sorted().map { directory.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "\(texts.enumeration).swift")
        return [
            .buildCommand(
                displayName: "Embedding \(texts.folder) in \(target.name)",
                executable: try context.tool(named: "text-embedder").url,
                arguments: [output.path, texts.enumeration, directory.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
