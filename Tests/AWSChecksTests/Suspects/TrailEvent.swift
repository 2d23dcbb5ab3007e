import Foundation

@testable import Formats

/// Text of a CloudTrail event, in the form of AWS's documentation ("CloudTrail record contents").
struct TrailEvent {
    /// Who called; the JSON of `userIdentity`.
    enum Caller {
        case session(role: String, name: String)
        case identityCentre(role: String, person: String)
        case user(String)
        case service(String)
        /// The service-linked role under which AWS scales services.
        case scaling

        var text: String {
            switch self {
            case .session(let role, let name):
                """
                {"type":"AssumedRole","principalId":"AROAEXAMPLE:\(name)","arn":\
                "arn:aws:sts::210987654321:assumed-role/\(role)/\(name)","accountId":"210987654321","sessionContext":\
                {"sessionIssuer":{"type":"Role","userName":"\(role)"}}}
                """
            case .identityCentre(let role, let person):
                Caller.session(role: "AWSReservedSSO_\(role)_0123456789abcdef", name: person).text
            case .user(let name):
                #"{"type":"IAMUser","arn":"arn:aws:iam::210987654321:user/\#(name)","userName":"\#(name)"}"#
            case .service(let name): #"{"type":"AWSService","invokedBy":"\#(name)"}"#
            case .scaling:
                """
                {"type":"AssumedRole","arn":"arn:aws:sts::210987654321:assumed-role/\
                AWSServiceRoleForApplicationAutoScaling_ECSService/AutoScaling-UpdateDesiredCapacity","invokedBy":\
                "ecs.application-autoscaling.amazonaws.com","sessionContext":{"sessionIssuer":{"userName":\
                "AWSServiceRoleForApplicationAutoScaling_ECSService"}}}
                """
            }
        }
    }

    var source: String
    var name: String
    var parameters: String
    var response = "null"
    var caller = Caller.session(role: "platform-admin", name: "sam")
    var region = TidePlatform.region
    var account = TidePlatform.account
    var error: String?
    var resources = "[]"

    init(
        _ source: String, _ name: String, _ parameters: String, response: String = "null",
        by caller: Caller = .session(role: "platform-admin", name: "sam"), in region: String = TidePlatform.region,
        account: String = TidePlatform.account, error: String? = nil, resources: String = "[]"
    ) {
        self.source = source
        self.name = name
        self.parameters = parameters
        self.response = response
        self.caller = caller
        self.region = region
        self.account = account
        self.error = error
        self.resources = resources
    }

    func text(id: String, at date: Date) -> String {
        let error = error.map { #""errorCode":"\#($0)","# } ?? ""
        return """
            {"eventVersion":"1.09","userIdentity":\(caller.text),"eventTime":"\(Timestamp.text(date))","eventSource":\
            "\(source).amazonaws.com","eventName":"\(name)","awsRegion":"\(region)","sourceIPAddress":"198.51.100.9",\
            "userAgent":"aws-cli/2",\(error)"requestParameters":\(parameters),"responseElements":\(response),\
            "requestID":"r-\(id)","eventID":"\(id)","readOnly":false,"resources":\(resources),"eventType":"AwsApiCall",\
            "managementEvent":true,"recipientAccountId":"\(account)","eventCategory":"Management"}
            """
    }
}
