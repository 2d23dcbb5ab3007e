import Foundation
import RunModel
import TestSupport
import Testing

@testable import AWSChecks

@Suite struct TerraformSourcesTests {
    @Test(
        "An address of a plan leads to the line of its resource, and one that several modules declare to none",
        arguments: [
            ("aws_security_group.mlflow", SourceLine(path: "infrastructure/network.tf", line: 3)),
            ("module.network.aws_security_group.mlflow[0]", SourceLine(path: "infrastructure/network.tf", line: 3)),
            ("aws_ecs_service.api[\"blue.green\"]", SourceLine(path: "services.tf", line: 1)),
            ("aws_s3_bucket.twice", nil), ("aws_db_instance.commented", nil), ("aws_db_instance.hidden", nil),
            ("nonsense", nil), ("", nil),
        ] as [(String, SourceLine?)])
    func findsLines(address: String, place: SourceLine?) async throws {
        try await withTemporaryDirectory { directory in
            for (path, text) in [
                ("infrastructure/network.tf", "# groups\n\nresource \"aws_security_group\" \"mlflow\" {\n}\n"),
                (
                    "services.tf",
                    "resource   \"aws_ecs_service\"   \"api\" {}\nresource \"aws_s3_bucket\" \"twice\" {}\n"
                ),
                (
                    "other/services.tf",
                    "resource \"aws_s3_bucket\" \"twice\" {}\n# resource \"aws_db_instance\" \"commented\"\n"
                ),
                (".terraform/modules/x.tf", "resource \"aws_db_instance\" \"hidden\" {}\n"),
                ("notes.md", "resource \"aws_db_instance\" \"hidden\" {}\n"),
            ] {
                let file = directory.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let sources = TerraformSources(repository: directory.path(percentEncoded: false))
            #expect(sources.place(of: address) == place)
        }
    }
}
