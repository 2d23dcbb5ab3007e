import Foundation
import PackagePlugin

/// Embeds the files of `ci/pipelines/` in the target it is applied to: `init` writes the one that is chosen.
@main
struct PipelinePlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let directory = context.package.directoryURL.appending(path: "ci/pipelines")
        let files = (FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? [])
            .filter { name in [".yml", ".yaml", "Jenkinsfile"].contains(where: name.hasSuffix) }
            .sorted().map { directory.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedPipelines.swift")
        return [
            .buildCommand(
                displayName: "Embedding the pipelines",
                executable: try context.tool(named: "template-embedder").url,
                arguments: [output.path, "EmbeddedPipelines", directory.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
