import AWSClient
import ArgumentParser
import Foundation
import HTTPClient
import Job
import ObjectStorage
import Processes
import Publication
import Reports
import Settings

struct PublishS3Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "s3",
        abstract: "Put the bundle and its page into a bucket, with a pointer to the newest and a link on request.",
        discussion: """
            Below the prefix: ENVIRONMENT/BUNDLE with its .sha256, ENVIRONMENT/RUN.html, and ENVIRONMENT/latest.json, which names the \
            newest run and never goes back. Credentials come from where AWS's own clients take them. Needs s3:PutObject and \
            s3:GetObject below the prefix, and s3:ListBucket.

            --link prints two addresses, bundle first, that anybody may open for that long: treat them like a password.
            """)

    @Argument(help: "A bundle, or a state in S3, of which it is the one that was delivered last.")
    var bundle: String

    @Argument(help: ArgumentHelp("Where to: s3://bucket/prefix/.", valueName: "place"))
    var place: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Print links that work for so long, such as 12h, at most 7 days and as long as the credentials live.",
            valueName: "duration"))
    var link: PatienceArgument?

    @Option(name: .long, help: ArgumentHelp("The bucket's region. By default AWS_REGION.", valueName: "region"))
    var region: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The key that S3 encrypts with. By default the bucket's own setting.", valueName: "key"))
    var kmsKey: String?

    @OptionGroup var options: PublishOptions

    func validate() throws {
        do { _ = try StoreLocation(place) } catch { throw ValidationError("\(place): \(error.reason)") }
        if let link, !(.seconds(1)...S3.longestLink).contains(link.duration) {
            throw ValidationError("--link takes 1s to 7 days")
        }
    }

    func run() async throws {
        let location = try StoreLocation(place)
        let variables = LaunchEnvironment.variables
        guard let region = region ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] else {
            throw CommandFailure.usage("no region: give --region, or set AWS_REGION")
        }
        let aws = AWSClient(
            AWSClient.Configuration(region: region, deadline: .seconds(60)),
            surroundings: CredentialSurroundings(environment: variables, transport: options.http()))
        let store = S3ObjectStore(aws, at: location, kmsKey: kmsKey)
        let publication = StoragePublication(
            store, place: "\(location)", patience: options.waiting, rehearsal: options.rehearsal
        ) { (key, type) async throws(AWSError) in
            guard let link else { return nil }
            return try await aws.link(
                to: location.bucket, key: location.prefix + key, expires: link.duration, servedAs: type)
        }
        try await options.bundleOptions.readingBundle(bundle) { path in
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
                throw CommandFailure.usage("\(bundle) is a directory: give the bundle itself, plumbline-….tar.gz")
            }
            let publishable = try await options.publishable(path)
            let run = try PublishedRun(publishable)
            let page = publishable.documents[ReportSet.page]?.bytes ?? []
            let file = URL(fileURLWithPath: path)
            try await options.publish(isShownWhole: link != nil) { () throws(PublicationError) in
                await publication.publish(run, bundle: file, page: page)
            }
        }
    }
}
