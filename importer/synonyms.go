package importer

// The names that columns have in the exports of other products, in the form of Key, by field. English only, as the
// product is; what is missing costs a person one choice.
var synonyms = map[string][]string{
	"first_name":     {"first", "firstname", "givenname", "forename", "fname"},
	"last_name":      {"last", "lastname", "surname", "familyname", "lname"},
	"email":          {"mail", "emailaddress", "eaddress"},
	"phone":          {"telephone", "tel", "phonenumber", "telephonenumber", "mobile", "mobilephone", "cell", "cellphone", "mobilenumber"},
	"company":        {"account", "accountname", "companyname", "organization", "organisation", "organizationname", "employer", "business", "businessname", "firm"},
	"contact":        {"contactname", "primarycontact", "customer", "customername", "person", "client"},
	"owner":          {"salesagent", "agent", "salesrep", "rep", "representative", "salesperson", "accountowner", "contactowner", "companyowner", "dealowner", "opportunityowner", "ownername", "assignedto", "assignee", "accountmanager"},
	"website":        {"url", "web", "webpage", "homepage", "site", "domain", "websiteurl", "companywebsite"},
	"address":        {"street", "streetaddress", "address1", "addressline1", "addressline", "mailingstreet"},
	"city":           {"town", "locality"},
	"state":          {"province", "region", "county", "stateprovince", "stateregion"},
	"postal_code":    {"zip", "zipcode", "postcode", "postal", "zippostalcode"},
	"country":        {"countryname", "nation", "officelocation", "countryregion"},
	"date_of_birth":  {"dob", "birthday", "birthdate", "born"},
	"timezone":       {"tz"},
	"type":           {"contacttype", "lifecyclestage"},
	"source":         {"leadsource", "origin", "channel", "originalsource"},
	"tags":           {"tag", "labels", "label", "keywords", "categories"},
	"dnd":            {"donotdisturb", "donotcontact", "optout", "unsubscribed"},
	"industry":       {"sector", "vertical", "branch"},
	"employees":      {"employeecount", "headcount", "numberofemployees", "noofemployees", "numemployees", "staffcount", "companysize"},
	"revenue":        {"annualrevenue", "turnover", "yearlyrevenue"},
	"founded":        {"yearestablished", "established", "yearfounded", "foundedyear", "foundingyear", "incorporated"},
	"parent":         {"subsidiaryof", "parentcompany", "parentaccount", "parentname", "holding", "parentorganization"},
	"pipeline":       {"pipelinename", "salespipeline", "dealpipeline"},
	"stage":          {"dealstage", "salesstage", "pipelinestage", "opportunitystage", "stagename"},
	"status":         {"dealstatus", "opportunitystatus"},
	"value":          {"closevalue", "amount", "dealvalue", "dealamount", "opportunityvalue", "price", "total", "worth"},
	"currency":       {"currencycode", "dealcurrency", "currencyisocode"},
	"product":        {"productname", "item", "sku"},
	"lost_reason":    {"lossreason", "closedlostreason", "reasonlost", "lostbecause"},
	"expected_close": {"expectedclosedate", "expectedclosingdate", "forecastdate", "estimatedclosedate", "targetclosedate"},
	"opened":         {"engagedate", "opendate", "openeddate", "createdate", "createddate", "startdate", "createdon"},
	"closed":         {"closedate", "closeddate", "closingdate", "wondate", "closedon"},
	"role":           {"accesslevel", "userrole"},
	"title":          {"jobtitle", "position", "function", "designation"},
}

// synonymsOf are names whose meaning depends on the object; they come before the general ones.
var synonymsOf = map[string]map[string][]string{
	"company": {
		"name": {"account", "accountname", "company", "companyname", "organization", "organisation", "organizationname", "business", "businessname", "firm", "customer", "customername"},
	},
	"opportunity": {
		"name": {"deal", "dealname", "opportunity", "opportunityname", "title", "subject"},
	},
	"staff": {
		"name":  {"fullname", "employee", "employeename", "user", "username", "salesagent", "agent", "salesrep", "rep", "salesperson", "person", "displayname"},
		"phone": {"extension"},
	},
}

// lastResort are names of columns that serve when nothing better is there: a number is a poor name, but it is one.
var lastResort = map[string]map[string][]string{
	"opportunity": {"name": {"opportunityid", "dealid", "opportunitynumber", "dealnumber"}},
	"company":     {"name": {"accountid", "companyid"}},
}

// never are names that look like a field and are none.
var never = map[string]bool{"subscriptiondate": true, "customerid": true, "contactid": true, "recordid": true, "id": true}

// qualifiers are words in front of a name that leave its meaning.
var qualifiers = map[string]bool{
	"work": true, "business": true, "primary": true, "main": true, "billing": true, "mailing": true, "office": true, "home": true,
	"personal": true, "contact": true, "lead": true, "person": true, "customer": true, "company": true, "account": true, "deal": true,
	"opportunity": true, "organization": true, "default": true, "current": true, "your": true, "shipping": true,
}
