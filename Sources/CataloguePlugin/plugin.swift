import Foundation
import PackagePlugin

/// Writes the registry of checks from the files of the target it is applied to, so that adding a file adds its check.
@main
struct CataloguePlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target.sourceModule else { return [] }
        let sources = target.sourceFiles(withSuffix: "swift").map(\.url).sorted { $0.path < $1.path }
        // `DegradationChecks` declares its checks in `DegradationCatalogue`.
        let name = target.name.replacing("Checks", with: "") + "Catalogue"
        let output = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
        return [
            .buildCommand(
                displayName: "Writing the catalogue of checks",
                executable: try context.tool(named: "catalogue-generator").url,
                arguments: [output.path, name] + sources.map(\.path),
                inputFiles: sources,
                outputFiles: [output])
        ]
    }
}
